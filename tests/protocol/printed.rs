//! Random scripts as programs, written by `printing`.

use std::future::Future;
use std::pin::Pin;

pub type Program = Pin<Box<dyn Future<Output = ()>>>;

pub const CASES: [fn() -> Program; 48] = [
    || Box::pin(case_0::script()),
    || Box::pin(case_1::script()),
    || Box::pin(case_2::script()),
    || Box::pin(case_3::script()),
    || Box::pin(case_4::script()),
    || Box::pin(case_5::script()),
    || Box::pin(case_6::script()),
    || Box::pin(case_7::script()),
    || Box::pin(case_8::script()),
    || Box::pin(case_9::script()),
    || Box::pin(case_10::script()),
    || Box::pin(case_11::script()),
    || Box::pin(case_12::script()),
    || Box::pin(case_13::script()),
    || Box::pin(case_14::script()),
    || Box::pin(case_15::script()),
    || Box::pin(case_16::script()),
    || Box::pin(case_17::script()),
    || Box::pin(case_18::script()),
    || Box::pin(case_19::script()),
    || Box::pin(case_20::script()),
    || Box::pin(case_21::script()),
    || Box::pin(case_22::script()),
    || Box::pin(case_23::script()),
    || Box::pin(case_24::script()),
    || Box::pin(case_25::script()),
    || Box::pin(case_26::script()),
    || Box::pin(case_27::script()),
    || Box::pin(case_28::script()),
    || Box::pin(case_29::script()),
    || Box::pin(case_30::script()),
    || Box::pin(case_31::script()),
    || Box::pin(case_32::script()),
    || Box::pin(case_33::script()),
    || Box::pin(case_34::script()),
    || Box::pin(case_35::script()),
    || Box::pin(case_36::script()),
    || Box::pin(case_37::script()),
    || Box::pin(case_38::script()),
    || Box::pin(case_39::script()),
    || Box::pin(case_40::script()),
    || Box::pin(case_41::script()),
    || Box::pin(case_42::script()),
    || Box::pin(case_43::script()),
    || Box::pin(case_44::script()),
    || Box::pin(case_45::script()),
    || Box::pin(case_46::script()),
    || Box::pin(case_47::script()),
];

mod case_0 {
    use leak_harness::spawn;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        // producer 1
        let task1 = spawn(async move {
            for _ in 0..2 {
                tx0.send(1).await.ok();
            }
        });
        // consumer 2
        let task2 = spawn(async move {
            while rx0.recv().await.is_some() {}
        });
        task1.await.ok();
        task2.await.ok();
    }
}

mod case_1 {
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::broadcast;

    pub async fn script() {
        let (tx0, mut rx0) = broadcast::channel::<u32>(1);
        // publisher 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).ok();
            }
        });
        while rx0.recv().await != Err(broadcast::error::RecvError::Closed) {}
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
    }
}

mod case_2 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Mutex, mpsc};

    pub async fn script() {
        let (tx0, rx0) = mpsc::channel::<u32>(1);
        let rx0 = Arc::new(Mutex::new(rx0));
        let (tx1, mut rx1) = mpsc::unbounded_channel::<u32>();
        // submitter 1
        let task1 = spawn(async move {
            for _ in 0..3 {
                tx0.send(1).await.ok();
            }
        });
        // worker 2
        let task2 = spawn({
            let rx0 = rx0.clone();
            let tx1 = tx1.clone();
            async move {
                while rx0.lock().await.recv().await.is_some() {
                    tx1.send(1).ok();
                }
            }
        });
        // worker 3
        let task3 = spawn(async move {
            while rx0.lock().await.recv().await.is_some() {
                tx1.send(1).ok();
            }
        });
        while rx1.recv().await.is_some() {}
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_3 {
    use leak_harness::spawn;
    use leak_harness::sync::broadcast;

    pub async fn script() {
        let (tx0, mut rx0) = broadcast::channel::<u32>(1);
        let (tx1, mut rx1) = broadcast::channel::<u32>(1);
        // relay 1
        let task1 = spawn({
            let mut rx0 = rx0.resubscribe();
            async move {
                while rx0.recv().await != Err(broadcast::error::RecvError::Closed) {
                    tx1.send(1).ok();
                }
            }
        });
        // subscriber 2
        let task2 = spawn(async move {
            while rx0.recv().await != Err(broadcast::error::RecvError::Closed) {}
        });
        // subscriber 3
        let task3 = spawn(async move {
            while rx1.recv().await != Err(broadcast::error::RecvError::Closed) {}
        });
        // publisher 4
        let task4 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).ok();
            }
        });
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
        task4.await.ok();
    }
}

mod case_4 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::task::yield_now;
    use leak_harness::sync::{mpsc, watch};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        let token1 = Arc::new(watch::Sender::new(false));
        // producer 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // consumer 2
        let task2 = spawn(async move {
            while rx0.recv().await.is_some() {}
        });
        // heartbeat 3
        let task3 = spawn({
            let token1 = token1.clone();
            async move {
                while !*token1.borrow() {
                    yield_now().await;
                }
            }
        });
        token1.send_replace(true);
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_5 {
    use leak_harness::spawn;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(2);
        // client 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                {
                    let (reply, mut answer) = mpsc::channel(1);
                    tx0.send(reply).await.ok();
                    while answer.recv().await.is_some() {}
                }
            }
        });
        // server 2
        let task2 = spawn(async move {
            while let Some(reply) = rx0.recv().await {
                reply.send(1).await.ok();
            }
        });
        task1.await.ok();
        task2.await.ok();
    }
}

mod case_6 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Notify, mpsc};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(2);
        let notify1 = Arc::new(Notify::new());
        // source 1
        let task1 = spawn(async move {
            for _ in 0..3 {
                tx0.send(1).await.ok();
            }
        });
        // sink 2
        let task2 = spawn({
            let notify1 = notify1.clone();
            async move {
                notify1.notify_one();
                while rx0.recv().await.is_some() {}
            }
        });
        notify1.notified().await;
        task1.await.ok();
        task2.await.ok();
    }
}

mod case_7 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Mutex, Notify, mpsc};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(1);
        let gate1 = Arc::new((Mutex::new(false), Notify::new()));
        // client 1
        let task1 = spawn({
            let gate1 = gate1.clone();
            async move {
                {
                    let notified = gate1.1.notified();
                    let open = *gate1.0.lock().await;
                    if !open {
                        notified.await;
                    }
                }
                for _ in 0..1 {
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        *gate1.0.lock().await = true;
        gate1.1.notify_waiters();
        while let Some(reply) = rx0.recv().await {
            for _ in 0..2 {
                reply.send(1).await.ok();
            }
        }
        task1.await.ok();
    }
}

mod case_8 {
    use leak_harness::spawn;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::unbounded_channel::<u32>();
        // source 1
        let task1 = spawn({
            let tx0 = tx0.clone();
            async move {
                for _ in 0..2 {
                    tx0.send(1).ok();
                }
            }
        });
        // sink 2
        let task2 = spawn(async move {
            while rx0.recv().await.is_some() {}
            std::mem::forget(tx0);
        });
        task1.await.ok();
        task2.await.ok();
    }
}

mod case_9 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Mutex, mpsc, oneshot};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(2);
        let (mut tx1, rx1) = oneshot::channel::<u32>();
        let lock2 = Arc::new(Mutex::new(0));
        // producer 1
        spawn({
            let lock2 = lock2.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = lock2.lock().await;
                    }
                    tx0.send(1).await.ok();
                }
            }
        });
        // consumer 2
        spawn(async move {
            while rx0.recv().await.is_some() {
                {
                    let _guard = lock2.lock().await;
                }
            }
            drop(rx1);
        });
        tx1.closed().await;
    }
}

mod case_10 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::sleep;
    use leak_harness::sync::{mpsc, watch};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        let token1 = Arc::new(watch::Sender::new(false));
        // producer 1
        let task1 = spawn({
            let tx0 = tx0.clone();
            async move {
                for _ in 0..1 {
                    tx0.send(1).await.ok();
                }
                std::mem::forget(tx0);
            }
        });
        // producer 2
        let task2 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // heartbeat 3
        let task3 = spawn({
            let token1 = token1.clone();
            async move {
                while !*token1.borrow() {
                    sleep(Duration::from_secs(1)).await;
                }
            }
        });
        while rx0.recv().await.is_some() {}
        token1.send_replace(true);
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_11 {
    use leak_harness::spawn;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(2);
        // producer 1
        let task1 = spawn({
            let tx0 = tx0.clone();
            async move {
                for _ in 0..2 {
                    tx0.send(1).await.ok();
                }
            }
        });
        // producer 2
        let task2 = spawn(async move {
            for _ in 0..2 {
                tx0.send(1).await.ok();
            }
        });
        // consumer 3
        let task3 = spawn(async move {
            while rx0.recv().await.is_some() {}
        });
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_12 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::sleep;
    use leak_harness::sync::{Mutex, watch};

    pub async fn script() {
        let lock0 = Arc::new(Mutex::new(0));
        let token1 = Arc::new(watch::Sender::new(false));
        // worker 1
        let task1 = spawn({
            let lock0 = lock0.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = lock0.lock().await;
                    }
                }
            }
        });
        // worker 2
        let task2 = spawn(async move {
            for _ in 0..1 {
                {
                    let _guard = lock0.lock().await;
                }
            }
        });
        // heartbeat 3
        let task3 = spawn({
            let token1 = token1.clone();
            async move {
                while !*token1.borrow() {
                    sleep(Duration::from_secs(1)).await;
                }
            }
        });
        token1.send_replace(true);
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_13 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{mpsc, watch};

    async fn cancelled(token: &watch::Sender<bool>) {
        let mut seen = token.subscribe();
        seen.wait_for(|cancelled| *cancelled).await.ok();
    }

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(2);
        let token1 = Arc::new(watch::Sender::new(false));
        // client 1
        spawn({
            let tx0 = tx0.clone();
            async move {
                for _ in 0..1 {
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        // client 2
        spawn(async move {
            for _ in 0..1 {
                {
                    let (reply, mut answer) = mpsc::channel(1);
                    tx0.send(reply).await.ok();
                    while answer.recv().await.is_some() {}
                }
            }
        });
        // server 3
        spawn(async move {
            cancelled(&token1).await;
            while let Some(reply) = rx0.recv().await {
                reply.send(1).await.ok();
            }
        });
    }
}

mod case_14 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Mutex, mpsc};

    pub async fn script() {
        let (tx0, rx0) = mpsc::channel::<u32>(1);
        let rx0 = Arc::new(Mutex::new(rx0));
        let (tx1, mut rx1) = mpsc::unbounded_channel::<u32>();
        // submitter 1
        spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // worker 2
        spawn({
            let rx0 = rx0.clone();
            let tx1 = tx1.clone();
            async move {
                while rx0.lock().await.recv().await.is_some() {
                    tx1.send(1).ok();
                }
            }
        });
        // worker 3
        spawn(async move {
            while rx0.lock().await.recv().await.is_some() {
                tx1.send(1).ok();
            }
        });
        while rx1.recv().await.is_some() {}
    }
}

mod case_15 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::task::yield_now;
    use leak_harness::sync::{Mutex, mpsc, oneshot, watch};

    pub async fn script() {
        let (tx0, rx0) = mpsc::channel::<u32>(2);
        let rx0 = Arc::new(Mutex::new(rx0));
        let (tx1, mut rx1) = mpsc::channel::<u32>(2);
        let token2 = Arc::new(watch::Sender::new(false));
        let (tx3, rx3) = oneshot::channel::<u32>();
        let lock4 = Arc::new(Mutex::new(0));
        let lock5 = Arc::new(Mutex::new(0));
        // submitter 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // worker 2
        let task2 = spawn(async move {
            while rx0.lock().await.recv().await.is_some() {
                tx1.send(1).await.ok();
            }
        });
        // heartbeat 3
        let task3 = spawn({
            let lock4 = lock4.clone();
            let lock5 = lock5.clone();
            let token2 = token2.clone();
            async move {
                {
                    let _guard = lock4.lock().await;
                    {
                        let _guard = lock5.lock().await;
                    }
                }
                tx3.send(1).ok();
                while !*token2.borrow() {
                    yield_now().await;
                }
            }
        });
        {
            let _guard = lock5.lock().await;
            {
                let _guard = lock4.lock().await;
            }
        }
        rx3.await.ok();
        while rx1.recv().await.is_some() {}
        token2.send_replace(true);
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_16 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::{Notify, mpsc, oneshot};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        let (tx1, mut rx1) = mpsc::channel::<u32>(1);
        let notify2 = Arc::new(Notify::new());
        let (mut tx3, rx3) = oneshot::channel::<u32>();
        // producer 1
        let task1 = spawn(async move {
            for _ in 0..3 {
                tx0.send(1).await.ok();
                tx1.send(1).await.ok();
            }
        });
        // consumer 2
        let task2 = spawn({
            let notify2 = notify2.clone();
            async move {
                notify2.notify_one();
                while rx0.recv().await.is_some() {}
                drop(rx3);
            }
        });
        notify2.notified().await;
        timeout(Duration::from_secs(1), async {
            while rx1.recv().await.is_some() {}
        }).await.ok();
        std::mem::forget(rx1);
        tx3.closed().await;
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_17 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::{Barrier, Mutex, Notify};

    pub async fn script() {
        let lock0 = Arc::new(Mutex::new(0));
        let gate1 = Arc::new((Mutex::new(false), Notify::new()));
        let barrier2 = Arc::new(Barrier::new(1));
        // worker 1
        let task1 = spawn({
            let gate1 = gate1.clone();
            async move {
                barrier2.wait().await;
                {
                    let notified = gate1.1.notified();
                    let open = *gate1.0.lock().await;
                    if !open {
                        notified.await;
                    }
                }
                {
                    let _guard = lock0.lock().await;
                }
                panic!("as scripted");
            }
        });
        *gate1.0.lock().await = true;
        gate1.1.notify_waiters();
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
    }
}

mod case_18 {
    use leak_harness::spawn;
    use leak_harness::sync::{mpsc, oneshot};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::unbounded_channel::<u32>();
        let (tx1, rx1) = oneshot::channel::<u32>();
        // source 1
        let task1 = spawn(async move {
            tx1.send(1).ok();
            tx0.send(1).ok();
            panic!("as scripted");
        });
        rx1.await.ok();
        while rx0.recv().await.is_some() {}
        task1.await.ok();
    }
}

mod case_19 {
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::unbounded_channel::<u32>();
        let (tx1, mut rx1) = mpsc::unbounded_channel::<u32>();
        // source 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).ok();
            }
        });
        // stage 2
        let task2 = spawn(async move {
            while rx0.recv().await.is_some() {
                tx1.send(1).ok();
            }
        });
        while rx1.recv().await.is_some() {}
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_20 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::select;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::{mpsc, oneshot, watch};

    async fn cancelled(token: &watch::Sender<bool>) {
        let mut seen = token.subscribe();
        seen.wait_for(|cancelled| *cancelled).await.ok();
    }

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        let (tx1, mut rx1) = mpsc::channel::<u32>(1);
        let token2 = Arc::new(watch::Sender::new(false));
        let (mut tx3, rx3) = oneshot::channel::<u32>();
        // producer 1
        let task1 = spawn(async move {
            for _ in 0..2 {
                tx0.send(1).await.ok();
                tx1.send(1).await.ok();
            }
        });
        // consumer 2
        let task2 = spawn({
            let token2 = token2.clone();
            async move {
                while select! {
                    biased;
                    () = cancelled(&token2) => false,
                    got = rx0.recv() => got.is_some(),
                } {}
            }
        });
        // consumer 3
        let task3 = spawn({
            let token2 = token2.clone();
            async move {
                while select! {
                    biased;
                    () = cancelled(&token2) => false,
                    got = rx1.recv() => got.is_some(),
                } {}
                drop(rx3);
            }
        });
        token2.send_replace(true);
        tx3.closed().await;
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task3.await.ok();
        }).await.ok();
    }
}

mod case_21 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::Mutex;

    pub async fn script() {
        let lock0 = Arc::new(Mutex::new(0));
        let lock1 = Arc::new(Mutex::new(0));
        // worker 1
        let task1 = spawn(async move {
            for _ in 0..2 {
                {
                    let _guard = lock1.lock().await;
                }
                {
                    let _guard = lock0.lock().await;
                }
            }
        });
        task1.await.ok();
    }
}

mod case_22 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Mutex, mpsc};

    pub async fn script() {
        let (tx0, rx0) = mpsc::channel::<u32>(1);
        let rx0 = Arc::new(Mutex::new(rx0));
        let (tx1, mut rx1) = mpsc::unbounded_channel::<u32>();
        // submitter 1
        spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // worker 2
        spawn(async move {
            while rx0.lock().await.recv().await.is_some() {
                tx1.send(1).ok();
            }
        });
        // collector 3
        spawn(async move {
            while rx1.recv().await.is_some() {}
        });
    }
}

mod case_23 {
    use leak_harness::spawn;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(2);
        // client 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                {
                    let (reply, mut answer) = mpsc::channel(1);
                    tx0.send(reply).await.ok();
                    while answer.recv().await.is_some() {}
                }
            }
        });
        // server 2
        let task2 = spawn(async move {
            while let Some(reply) = rx0.recv().await {
                for _ in 0..2 {
                    reply.send(1).await.ok();
                }
            }
        });
        task1.await.ok();
        task2.await.ok();
    }
}

mod case_24 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Semaphore, broadcast};

    pub async fn script() {
        let (tx0, mut rx0) = broadcast::channel::<u32>(2);
        let permits1 = Arc::new(Semaphore::new(1));
        // subscriber 1
        let task1 = spawn({
            let permits1 = permits1.clone();
            async move {
                while rx0.recv().await != Err(broadcast::error::RecvError::Closed) {
                    {
                        let _guard = permits1.acquire().await;
                    }
                }
            }
        });
        // publisher 2
        let task2 = spawn(async move {
            for _ in 0..3 {
                {
                    let _guard = permits1.acquire().await;
                }
                tx0.send(1).ok();
            }
        });
        task1.await.ok();
        task2.await.ok();
    }
}

mod case_25 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::sleep;
    use leak_harness::time::timeout;
    use leak_harness::sync::{mpsc, watch};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::unbounded_channel::<u32>();
        let token1 = Arc::new(watch::Sender::new(false));
        // source 1
        let task1 = spawn(async move {
            for _ in 0..3 {
                tx0.send(1).ok();
            }
        });
        // heartbeat 2
        let task2 = spawn({
            let token1 = token1.clone();
            async move {
                while !*token1.borrow() {
                    sleep(Duration::from_secs(1)).await;
                }
            }
        });
        while rx0.recv().await.is_some() {}
        token1.send_replace(true);
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_26 {
    use leak_harness::spawn;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(2);
        // producer 1
        let task1 = spawn(async move {
            for _ in 0..2 {
                tx0.send(1).await.ok();
            }
        });
        // consumer 2
        let task2 = spawn(async move {
            while rx0.recv().await.is_some() {}
        });
        task1.await.ok();
        task2.await.ok();
    }
}

mod case_27 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::{RwLock, mpsc};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::unbounded_channel::<u32>();
        let data1 = Arc::new(RwLock::new(0));
        // source 1
        let task1 = spawn({
            let data1 = data1.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = data1.write().await;
                    }
                    tx0.send(1).ok();
                }
            }
        });
        // sink 2
        let task2 = spawn(async move {
            while rx0.recv().await.is_some() {
                {
                    let _guard = data1.read().await;
                }
            }
        });
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_28 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::select;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::{Mutex, mpsc, watch};

    async fn cancelled(token: &watch::Sender<bool>) {
        let mut seen = token.subscribe();
        seen.wait_for(|cancelled| *cancelled).await.ok();
    }

    pub async fn script() {
        let (tx0, rx0) = mpsc::channel::<u32>(2);
        let rx0 = Arc::new(Mutex::new(rx0));
        let (tx1, mut rx1) = mpsc::channel::<u32>(2);
        let token2 = Arc::new(watch::Sender::new(false));
        // submitter 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // worker 2
        let task2 = spawn(async move {
            while rx0.lock().await.recv().await.is_some() {
                tx1.send(1).await.ok();
            }
        });
        // collector 3
        let task3 = spawn({
            let token2 = token2.clone();
            async move {
                while select! {
                    biased;
                    () = cancelled(&token2) => false,
                    got = rx1.recv() => got.is_some(),
                } {}
            }
        });
        token2.send_replace(true);
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task3.await.ok();
        }).await.ok();
    }
}

mod case_29 {
    use leak_harness::spawn;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(2);
        // client 1
        let task1 = spawn({
            let tx0 = tx0.clone();
            async move {
                for _ in 0..1 {
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        // client 2
        let task2 = spawn(async move {
            for _ in 0..1 {
                {
                    let (reply, mut answer) = mpsc::channel(1);
                    tx0.send(reply).await.ok();
                    while answer.recv().await.is_some() {}
                }
            }
        });
        // server 3
        let task3 = spawn(async move {
            while let Some(reply) = rx0.recv().await {
                reply.send(1).await.ok();
            }
        });
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_30 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::task::yield_now;
    use leak_harness::time::timeout;
    use leak_harness::sync::{mpsc, oneshot, watch};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(2);
        let (tx1, mut rx1) = mpsc::channel::<u32>(2);
        let (tx2, rx2) = oneshot::channel::<u32>();
        let token3 = Arc::new(watch::Sender::new(false));
        // producer 1
        let task1 = spawn(async move {
            for _ in 0..3 {
                tx0.send(1).await.ok();
                tx1.send(1).await.ok();
            }
        });
        // consumer 2
        let task2 = spawn(async move {
            tx2.send(1).ok();
            while rx0.recv().await.is_some() {}
        });
        // heartbeat 3
        let task3 = spawn({
            let token3 = token3.clone();
            async move {
                while !*token3.borrow() {
                    yield_now().await;
                }
            }
        });
        task1.await.ok();
        rx2.await.ok();
        while rx1.recv().await.is_some() {}
        token3.send_replace(true);
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task3.await.ok();
        }).await.ok();
    }
}

mod case_31 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Notify, broadcast};

    pub async fn script() {
        let (tx0, mut rx0) = broadcast::channel::<u32>(2);
        let (tx1, mut rx1) = broadcast::channel::<u32>(2);
        let notify2 = Arc::new(Notify::new());
        // relay 1
        spawn({
            let mut rx0 = rx0.resubscribe();
            async move {
                while rx0.recv().await != Err(broadcast::error::RecvError::Closed) {
                    tx1.send(1).ok();
                }
            }
        });
        // subscriber 2
        spawn(async move {
            while rx0.recv().await != Err(broadcast::error::RecvError::Closed) {}
        });
        // publisher 3
        spawn(async move {
            notify2.notified().await;
            for _ in 0..1 {
                tx0.send(1).ok();
            }
        });
        while rx1.recv().await != Err(broadcast::error::RecvError::Closed) {}
    }
}

mod case_32 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::sleep;
    use leak_harness::time::timeout;
    use leak_harness::sync::{mpsc, watch};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(2);
        let token1 = Arc::new(watch::Sender::new(false));
        let (_, mut rx2) = mpsc::channel::<u32>(1);
        // producer 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // consumer 2
        let task2 = spawn(async move {
            rx0.recv().await;
            std::mem::forget(rx0);
        });
        // heartbeat 3
        spawn(async move {
            while !*token1.borrow() {
                rx2.try_recv().ok();
                sleep(Duration::from_secs(1)).await;
            }
        });
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_33 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Mutex, Notify, mpsc, oneshot};

    pub async fn script() {
        let (tx0, rx0) = mpsc::channel::<u32>(1);
        let rx0 = Arc::new(Mutex::new(rx0));
        let (tx1, mut rx1) = mpsc::unbounded_channel::<u32>();
        let notify2 = Arc::new(Notify::new());
        let (tx3, rx3) = oneshot::channel::<u32>();
        // submitter 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // worker 2
        let task2 = spawn({
            let rx0 = rx0.clone();
            let tx1 = tx1.clone();
            async move {
                while rx0.lock().await.recv().await.is_some() {
                    tx1.send(1).ok();
                }
            }
        });
        // worker 3
        let task3 = spawn({
            let notify2 = notify2.clone();
            async move {
                tx3.send(1).ok();
                notify2.notify_one();
                while rx0.lock().await.recv().await.is_some() {
                    tx1.send(1).ok();
                }
            }
        });
        rx3.await.ok();
        notify2.notified().await;
        while rx1.recv().await.is_some() {}
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_34 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::sleep;
    use leak_harness::sync::{mpsc, oneshot, watch};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(2);
        let (mut tx1, rx1) = oneshot::channel::<u32>();
        let token2 = Arc::new(watch::Sender::new(false));
        let (_, mut rx3) = mpsc::channel::<u32>(1);
        // client 1
        spawn({
            let tx0 = tx0.clone();
            async move {
                for _ in 0..1 {
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        // client 2
        spawn(async move {
            tx1.closed().await;
            for _ in 0..1 {
                {
                    let (reply, mut answer) = mpsc::channel(1);
                    tx0.send(reply).await.ok();
                    while answer.recv().await.is_some() {}
                }
            }
        });
        // server 3
        spawn(async move {
            while let Some(reply) = rx0.recv().await {
                reply.send(1).await.ok();
            }
        });
        // heartbeat 4
        spawn(async move {
            while !*token2.borrow() {
                rx3.try_recv().ok();
                sleep(Duration::from_secs(1)).await;
            }
        });
        std::mem::forget(rx1);
    }
}

mod case_35 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::{Mutex, mpsc};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        let (tx1, mut rx1) = mpsc::channel::<u32>(1);
        let lock2 = Arc::new(Mutex::new(0));
        // source 1
        let task1 = spawn({
            let lock2 = lock2.clone();
            async move {
                for _ in 0..3 {
                    {
                        let _guard = lock2.lock().await;
                    }
                    tx0.send(1).await.ok();
                }
            }
        });
        // stage 2
        let task2 = spawn({
            let lock2 = lock2.clone();
            async move {
                while rx0.recv().await.is_some() {
                    {
                        let _guard = lock2.lock().await;
                    }
                    tx1.send(1).await.ok();
                }
            }
        });
        // sink 3
        let task3 = spawn(async move {
            while rx1.recv().await.is_some() {
                {
                    let _guard = lock2.lock().await;
                }
            }
        });
        task3.await.ok();
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_36 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Semaphore, mpsc, oneshot};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(1);
        let (mut tx1, rx1) = oneshot::channel::<u32>();
        let permits2 = Arc::new(Semaphore::new(1));
        // client 1
        spawn({
            let permits2 = permits2.clone();
            let tx0 = tx0.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = permits2.acquire().await;
                    }
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        // client 2
        spawn({
            let permits2 = permits2.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = permits2.acquire().await;
                    }
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
                drop(rx1);
            }
        });
        while let Some(reply) = rx0.recv().await {
            {
                let _guard = permits2.acquire().await;
            }
            reply.send(1).await.ok();
        }
        tx1.closed().await;
    }
}

mod case_37 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Mutex, Semaphore, mpsc};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(1);
        let permits1 = Arc::new(Semaphore::new(1));
        let permits2 = Arc::new(Semaphore::new(1));
        let lock3 = Arc::new(Mutex::new(0));
        // client 1
        let task1 = spawn({
            let permits2 = permits2.clone();
            let permits1 = permits1.clone();
            let tx0 = tx0.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = permits2.acquire().await;
                    }
                    {
                        let _guard = permits1.acquire().await;
                    }
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        // client 2
        let task2 = spawn({
            let permits2 = permits2.clone();
            let permits1 = permits1.clone();
            async move {
                {
                    let _guard = lock3.lock().await;
                    {
                        let _guard = lock3.lock().await;
                    }
                }
                for _ in 0..1 {
                    {
                        let _guard = permits2.acquire().await;
                    }
                    {
                        let _guard = permits1.acquire().await;
                    }
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        while let Some(reply) = rx0.recv().await {
            {
                let _guard = permits2.acquire().await;
            }
            {
                let _guard = permits1.acquire().await;
            }
            reply.send(1).await.ok();
        }
        task1.await.ok();
        task2.await.ok();
    }
}

mod case_38 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Mutex, mpsc};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(2);
        let lock1 = Arc::new(Mutex::new(0));
        // client 1
        let task1 = spawn({
            let lock1 = lock1.clone();
            let tx0 = tx0.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = lock1.lock().await;
                    }
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        // client 2
        let task2 = spawn({
            let lock1 = lock1.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = lock1.lock().await;
                    }
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        // server 3
        let task3 = spawn(async move {
            while let Some(reply) = rx0.recv().await {
                {
                    let _guard = lock1.lock().await;
                }
                for _ in 0..2 {
                    reply.send(1).await.ok();
                }
            }
        });
        task1.await.ok();
        task2.await.ok();
        task3.await.ok();
    }
}

mod case_39 {
    use leak_harness::spawn;
    use leak_harness::sync::{mpsc, oneshot};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(1);
        let (tx1, rx1) = oneshot::channel::<u32>();
        // client 1
        spawn({
            let tx0 = tx0.clone();
            async move {
                for _ in 0..1 {
                    {
                        let (reply, mut answer) = mpsc::channel(1);
                        tx0.send(reply).await.ok();
                        while answer.recv().await.is_some() {}
                    }
                }
            }
        });
        // client 2
        spawn(async move {
            for _ in 0..1 {
                {
                    let (reply, mut answer) = mpsc::channel(1);
                    tx0.send(reply).await.ok();
                    while answer.recv().await.is_some() {}
                }
            }
        });
        // server 3
        spawn(async move {
            tx1.send(1).ok();
            while let Some(reply) = rx0.recv().await {
                for _ in 0..2 {
                    reply.send(1).await.ok();
                }
            }
        });
        rx1.await.ok();
    }
}

mod case_40 {
    use std::sync::Arc;
    use leak_harness::select;
    use leak_harness::spawn;
    use leak_harness::sync::{Barrier, mpsc, watch};

    async fn cancelled(token: &watch::Sender<bool>) {
        let mut seen = token.subscribe();
        seen.wait_for(|cancelled| *cancelled).await.ok();
    }

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::unbounded_channel::<u32>();
        let barrier1 = Arc::new(Barrier::new(2));
        let token2 = Arc::new(watch::Sender::new(false));
        // producer 1
        spawn({
            let barrier1 = barrier1.clone();
            async move {
                barrier1.wait().await;
                for _ in 0..1 {
                    tx0.send(1).ok();
                }
            }
        });
        // consumer 2
        spawn({
            let token2 = token2.clone();
            async move {
                barrier1.wait().await;
                while select! {
                    biased;
                    () = cancelled(&token2) => false,
                    got = rx0.recv() => got.is_some(),
                } {}
            }
        });
        token2.send_replace(true);
    }
}

mod case_41 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::{Notify, mpsc};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        let notify1 = Arc::new(Notify::new());
        // source 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // sink 2
        let task2 = spawn({
            let notify1 = notify1.clone();
            async move {
                notify1.notify_one();
                while rx0.recv().await.is_some() {}
            }
        });
        notify1.notified().await;
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_42 {
    use leak_harness::spawn;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        // producer 1
        spawn(async move {
            for _ in 0..3 {
                tx0.send(1).await.ok();
            }
        });
        // consumer 2
        spawn(async move {
            while rx0.recv().await.is_some() {}
        });
    }
}

mod case_43 {
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(2);
        let (tx1, mut rx1) = mpsc::channel::<u32>(2);
        // producer 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
                tx1.send(1).await.ok();
            }
        });
        // consumer 2
        let task2 = spawn(async move {
            while rx0.recv().await.is_some() {}
        });
        while rx1.recv().await.is_some() {}
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_44 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::{Semaphore, mpsc, oneshot};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<u32>(1);
        let (tx1, rx1) = oneshot::channel::<u32>();
        let permits2 = Arc::new(Semaphore::new(1));
        // source 1
        let task1 = spawn({
            let permits2 = permits2.clone();
            async move {
                for _ in 0..1 {
                    {
                        let _guard = permits2.acquire().await;
                    }
                    tx0.send(1).await.ok();
                }
            }
        });
        // sink 2
        let task2 = spawn(async move {
            tx1.send(1).ok();
            while rx0.recv().await.is_some() {
                {
                    let _guard = permits2.acquire().await;
                }
            }
        });
        rx1.await.ok();
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_45 {
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::timeout;
    use leak_harness::sync::mpsc;

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::channel::<mpsc::Sender<u32>>(1);
        // client 1
        let task1 = spawn(async move {
            for _ in 0..1 {
                {
                    let (reply, mut answer) = mpsc::channel(1);
                    tx0.send(reply).await.ok();
                    while answer.recv().await.is_some() {}
                }
            }
        });
        // server 2
        let task2 = spawn(async move {
            while let Some(reply) = rx0.recv().await {
                reply.send(1).await.ok();
            }
        });
        timeout(Duration::from_secs(1), async {
            task1.await.ok();
        }).await.ok();
        timeout(Duration::from_secs(1), async {
            task2.await.ok();
        }).await.ok();
    }
}

mod case_46 {
    use std::sync::Arc;
    use std::time::Duration;
    use leak_harness::spawn;
    use leak_harness::time::sleep;
    use leak_harness::sync::{Mutex, mpsc, watch};

    pub async fn script() {
        let (tx0, rx0) = mpsc::channel::<u32>(1);
        let rx0 = Arc::new(Mutex::new(rx0));
        let (tx1, mut rx1) = mpsc::channel::<u32>(1);
        let token2 = Arc::new(watch::Sender::new(false));
        let token3 = Arc::new(watch::Sender::new(false));
        // submitter 1
        spawn(async move {
            for _ in 0..1 {
                tx0.send(1).await.ok();
            }
        });
        // worker 2
        spawn(async move {
            while rx0.lock().await.recv().await.is_some() {
                tx1.send(1).await.ok();
            }
        });
        // collector 3
        spawn(async move {
            while rx1.recv().await.is_some() {}
        });
        // heartbeat 4
        spawn({
            let token2 = token2.clone();
            async move {
                while !*token2.borrow() {
                    sleep(Duration::from_secs(1)).await;
                }
            }
        });
        // heartbeat 5
        spawn(async move {
            while !*token3.borrow() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        token2.send_replace(true);
    }
}

mod case_47 {
    use std::sync::Arc;
    use leak_harness::spawn;
    use leak_harness::sync::{Notify, Semaphore, mpsc};

    pub async fn script() {
        let (tx0, mut rx0) = mpsc::unbounded_channel::<u32>();
        let permits1 = Arc::new(Semaphore::new(1));
        let notify2 = Arc::new(Notify::new());
        // producer 1
        spawn({
            let permits1 = permits1.clone();
            async move {
                notify2.notified().await;
                {
                    let _guard = permits1.acquire().await;
                }
                tx0.send(1).ok();
            }
        });
        while rx0.recv().await.is_some() {
            {
                let _guard = permits1.acquire().await;
            }
        }
    }
}
