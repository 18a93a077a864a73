//! Scripts over the pipes of `io`.

macro_rules! scripts {
    ($name:ident, $io:path) => {
        mod $name {
            use std::pin::Pin;
            use std::task::{Context, Waker};

            use $io as io;

            use crate::conformance::{Random, STEPS, Script};
            use io::{AsyncRead, AsyncWrite, ReadBuf};

            pub(super) fn all(seed: u64) -> Vec<String> {
                let mut random = Random(seed);
                let mut run = Script::default();
                let room = random.below(4) as usize + 1;
                match random.below(3) {
                    0 => {
                        let (one, two) = io::duplex(room);
                        both(&mut random, &mut run, [Some(one), Some(two)]);
                    }
                    1 => {
                        let (reader, writer) = io::simplex(room);
                        halves(&mut random, &mut run, Some(reader), Some(writer));
                    }
                    _ => {
                        // What it writes it reads.
                        let stream = io::SimplexStream::new_unsplit(room);
                        let (reader, writer) = io::split(stream);
                        halves(&mut random, &mut run, Some(reader), Some(writer));
                    }
                }
                run.end()
            }

            fn read(random: &mut Random, run: &mut Script, end: &mut (impl AsyncRead + Unpin)) {
                let mut buffer = [0; 3];
                let mut buffer = ReadBuf::new(&mut buffer[..random.below(4) as usize]);
                let mut context = Context::from_waker(Waker::noop());
                let polled = Pin::new(end).poll_read(&mut context, &mut buffer);
                run.note((polled.map_err(|error| error.kind()), buffer.filled()));
            }

            fn write(random: &mut Random, run: &mut Script, end: &mut (impl AsyncWrite + Unpin)) {
                let bytes = [random.below(100) as u8; 3];
                let bytes = &bytes[..random.below(4) as usize];
                let mut context = Context::from_waker(Waker::noop());
                let polled = Pin::new(end).poll_write(&mut context, bytes);
                run.note(polled.map_err(|error| error.kind()));
            }

            fn finish(random: &mut Random, run: &mut Script, end: &mut (impl AsyncWrite + Unpin)) {
                let mut context = Context::from_waker(Waker::noop());
                let flushed = Pin::new(&mut *end).poll_flush(&mut context);
                run.note(flushed.map_err(|error| error.kind()));
                if random.below(4) == 0 {
                    let ended = Pin::new(end).poll_shutdown(&mut context);
                    run.note(ended.map_err(|error| error.kind()));
                }
            }

            fn both<E: AsyncRead + AsyncWrite + Unpin>(
                random: &mut Random,
                run: &mut Script,
                mut ends: [Option<E>; 2],
            ) {
                for _ in 0..STEPS {
                    let slot = &mut ends[random.below(2) as usize];
                    let Some(end) = slot else { continue };
                    match random.below(12) {
                        0..=4 => read(random, run, end),
                        5..=9 => write(random, run, end),
                        10 => finish(random, run, end),
                        _ if random.below(6) == 0 => *slot = None,
                        _ => {}
                    }
                }
            }

            fn halves(
                random: &mut Random,
                run: &mut Script,
                mut reader: Option<impl AsyncRead + Unpin>,
                mut writer: Option<impl AsyncWrite + Unpin>,
            ) {
                for _ in 0..STEPS {
                    match (random.below(12), &mut reader, &mut writer) {
                        (0..=4, Some(reader), _) => read(random, run, reader),
                        (5..=9, _, Some(writer)) => write(random, run, writer),
                        (10, _, Some(writer)) => finish(random, run, writer),
                        (11, ..) if random.below(12) == 0 => reader = None,
                        (11, ..) if random.below(12) == 0 => writer = None,
                        _ => {}
                    }
                }
            }
        }
    };
}

scripts!(real, tokio::io);
scripts!(mirrored, leak_harness::io);

#[test]
fn scripts_over_pipes_agree() {
    super::agree(300, real::all, mirrored::all);
}
