async fn user() {
    { work().await }
}
