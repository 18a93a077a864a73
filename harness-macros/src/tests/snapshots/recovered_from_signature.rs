/// Documentation.
#[allow(dead_code)]
fn body(a: u8) {
    work(a);
}
::core::compile_error! {
    "leak tests take no arguments; create what the test needs in its body"
}
