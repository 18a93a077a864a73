async fn user() {
    {
        enum __LeakHarnessSelect<B0, B1> {
            B0(B0),
            B1(B1),
            Disabled,
        }
        let mut disabled = 0u64;
        let mut output = {
            let (future_0, future_1) = (rx.recv(), &mut done);
            let future_0 = ::core::future::IntoFuture::into_future(future_0);
            let future_1 = ::core::future::IntoFuture::into_future(future_1);
            let mut future_1 = ::core::pin::pin!(future_1);
            let mut future_0 = ::core::pin::pin!(future_0);
            ::leak_harness::__private::poll_fn(|cx| {
                    if ::leak_harness::__private::poll_select_budget(cx).is_pending() {
                        return ::core::task::Poll::Pending;
                    }
                    let start = ::leak_harness::__private::select_start(2u32);
                    let mut pending = false;
                    #[allow(clippy::modulo_one)]
                    for offset in 0u32..2u32 {
                        match (start.first + offset) % 2u32 {
                            #[allow(unreachable_code)]
                            0u32 => {
                                if disabled & 1u64 != 0 {
                                    continue;
                                }
                                let ready = match ::core::future::Future::poll(
                                    future_0.as_mut(),
                                    cx,
                                ) {
                                    ::core::task::Poll::Ready(ready) => ready,
                                    ::core::task::Poll::Pending => {
                                        pending = true;
                                        continue;
                                    }
                                };
                                disabled |= 1u64;
                                let selected = __LeakHarnessSelect::B0(ready);
                                #[allow(unused_variables)]
                                match &selected {
                                    __LeakHarnessSelect::B0(Some(v)) => {}
                                    _ => continue,
                                }
                                start.won(0u32);
                                return ::core::task::Poll::Ready(selected);
                            }
                            #[allow(unreachable_code)]
                            1u32 => {
                                if disabled & 2u64 != 0 {
                                    continue;
                                }
                                let ready = match ::core::future::Future::poll(
                                    future_1.as_mut(),
                                    cx,
                                ) {
                                    ::core::task::Poll::Ready(ready) => ready,
                                    ::core::task::Poll::Pending => {
                                        pending = true;
                                        continue;
                                    }
                                };
                                disabled |= 2u64;
                                let selected = __LeakHarnessSelect::B1(ready);
                                #[allow(unused_variables)]
                                match &selected {
                                    __LeakHarnessSelect::B1(()) => {}
                                    _ => continue,
                                }
                                start.won(1u32);
                                return ::core::task::Poll::Ready(selected);
                            }
                            _ => {
                                ::core::unreachable!(
                                    "the index of a branch is less than their number"
                                )
                            }
                        }
                    }
                    if pending {
                        ::core::task::Poll::Pending
                    } else {
                        ::core::task::Poll::Ready(__LeakHarnessSelect::Disabled)
                    }
                })
                .await
        };
        match output {
            __LeakHarnessSelect::B0(Some(mut v)) => v += 1,
            __LeakHarnessSelect::B1(()) => return,
            __LeakHarnessSelect::Disabled => {
                ::core::panic!("all branches are disabled and there is no else branch")
            }
            #[allow(unreachable_patterns)]
            _ => ::core::unreachable!("a branch is selected only if its pattern matches"),
        }
    }
}
