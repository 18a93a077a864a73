//! Pipes in memory: `duplex`, of which each end reads and writes, and `simplex`.

use leak_harness::io::{
    AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, SimplexStream, WriteHalf,
};

use crate::actor::{Actor, CLOSED, Own, SKIPPED};
use crate::program::Kind;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// So many bytes at most.
    Read(usize),
    /// So many bytes at most.
    Write(usize),
    /// All of so many bytes.
    WriteAll(usize),
    Shutdown,
    /// Of an end.
    Drop,
}

pub fn decode(kind: Kind, reads: bool, how: u8) -> Act {
    let bytes = usize::from(how / 128) + 1;
    let reads = match kind {
        Kind::Duplex(_) => how.is_multiple_of(2),
        _ => reads,
    };
    match (reads, how / 2 % 8) {
        (_, 0) => Act::Drop,
        (true, _) => Act::Read(bytes),
        (false, 1) => Act::Shutdown,
        (false, 2 | 3) => Act::WriteAll(bytes),
        (false, _) => Act::Write(bytes),
    }
}

/// An end of a pipe.
pub enum End {
    Both(DuplexStream),
    Reads(ReadHalf<SimplexStream>),
    Writes(WriteHalf<SimplexStream>),
}

impl End {
    /// What waits in a `select!`.
    pub async fn wait(&mut self, value: u16) -> u16 {
        match self {
            End::Both(_) | End::Reads(_) => self.read(1).await,
            End::Writes(_) => self.write(1, value).await,
        }
    }

    async fn read(&mut self, bytes: usize) -> u16 {
        let mut buffer = [0; 2];
        let place = &mut buffer[..bytes];
        let read = match self {
            End::Both(stream) => stream.read(place).await,
            End::Reads(half) => half.read(place).await,
            End::Writes(_) => return SKIPPED,
        };
        // How many bytes, and which.
        read.map_or(CLOSED, |read| {
            let [one, two] = buffer.map(u16::from);
            read as u16 * 10_000 + one * 100 + two
        })
    }

    async fn write(&mut self, bytes: usize, value: u16) -> u16 {
        let buffer = [value as u8; 2];
        let wrote = match self {
            End::Both(stream) => stream.write(&buffer[..bytes]).await,
            End::Writes(half) => half.write(&buffer[..bytes]).await,
            End::Reads(_) => return SKIPPED,
        };
        wrote.map_or(CLOSED, |wrote| wrote as u16)
    }

    async fn write_all(&mut self, bytes: usize, value: u16) -> u16 {
        let buffer = [value as u8; 2];
        let wrote = match self {
            End::Both(stream) => stream.write_all(&buffer[..bytes]).await,
            End::Writes(half) => half.write_all(&buffer[..bytes]).await,
            End::Reads(_) => return SKIPPED,
        };
        wrote.map_or(CLOSED, |()| 1)
    }

    async fn shut_down(&mut self) -> u16 {
        let ended = match self {
            End::Both(stream) => stream.shutdown().await,
            End::Writes(half) => half.shutdown().await,
            End::Reads(_) => return SKIPPED,
        };
        ended.map_or(CLOSED, |()| 1)
    }
}

impl Actor {
    pub async fn pipe(&mut self, object: usize, act: Act) -> u16 {
        let value = self.value();
        let own = &mut self.own[object];
        let Own::Pipe(end) = own else { return SKIPPED };
        match act {
            Act::Read(bytes) => end.read(bytes).await,
            Act::Write(bytes) => end.write(bytes, value).await,
            Act::WriteAll(bytes) => end.write_all(bytes, value).await,
            Act::Shutdown => end.shut_down().await,
            Act::Drop => {
                *own = Own::None;
                1
            }
        }
    }
}
