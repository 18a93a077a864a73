use leak_harness::select;

async fn one() -> u32 {
    1
}

async fn no_branch() {
    select! {}
}

async fn else_first() {
    select! {
        else => {},
        _ = one() => {}
    }
}

async fn no_arrow() {
    select! {
        _ = one(), {}
    }
}

async fn condition_before_the_future() {
    select! {
        value if value > 1 = one() => {}
    }
}

async fn biased_last() {
    select! {
        _ = one() => {}
        biased;
    }
}

async fn not_a_future() {
    select! {
        _ = 7 => {}
    }
}

fn main() {}
