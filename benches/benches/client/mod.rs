//! A client that asks when a request is due, whatever became of those before it: what a server
//! keeps waiting counts against it, and so does what waits behind that.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A connection that was idle for so long is not used again: the server may be closing it.
const IDLE: Duration = Duration::from_secs(5);

/// Connections that nobody waits at, the one that was used last at the end.
#[derive(Default)]
struct Idle(Mutex<Vec<(TcpStream, Instant)>>);

impl Idle {
    fn take(&self) -> Option<TcpStream> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        Some(idle.pop()?.0)
    }

    fn put(&self, connection: TcpStream) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((connection, Instant::now()));
    }
}

/// What came of a request.
pub struct Answer {
    pub status: u16,
    /// From when it was due to the last byte of the answer.
    pub took: Duration,
    /// What the server says that it took, in milliseconds.
    pub server: f64,
    pub bytes: usize,
}

/// Asks for each path when it is due, counted from now; the answers in the same order.
pub async fn ask(
    address: SocketAddr,
    token: &str,
    schedule: Vec<(Duration, String)>,
) -> Result<Vec<Answer>> {
    let (idle, start) = (Arc::<Idle>::default(), Instant::now());
    let mut asked = Vec::new();
    for (due, path) in schedule {
        let due = start + due;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        sleep_until(due).await;
        let idle = idle.clone();
        asked.push(tokio::spawn(async move {
            let mut connection = match idle.take() {
                Some(connection) => connection,
                None => TcpStream::connect(address).await?,
            };
            connection.set_nodelay(true)?;
            connection.write_all(request.as_bytes()).await?;
            let (head, bytes) = read(&mut connection).await?;
            let took = due.elapsed();
            idle.put(connection);
            let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
            let server = header(&head, "server-timing").and_then(|all| all.split("dur=").nth(1));
            let server = server.ok_or("no time")?.parse()?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Answer {
                status,
                took,
                server,
                bytes,
            })
        }));
    }
    let mut answers = Vec::with_capacity(asked.len());
    for one in asked {
        answers.push(one.await??);
    }
    Ok(answers)
}

/// The head of an answer, and how long its body is.
async fn read(connection: &mut TcpStream) -> Result<(String, usize)> {
    let mut read = Vec::with_capacity(4096);
    let end = loop {
        if connection.read_buf(&mut read).await? == 0 {
            return Err("the connection was closed".into());
        }
        if let Some(end) = read.windows(4).position(|some| some == b"\r\n\r\n") {
            break end;
        }
    };
    let body = read.split_off(end + 4);
    let head = String::from_utf8(read)?;
    let length: usize = header(&head, "content-length").ok_or("no length")?.parse()?;
    let mut rest = vec![0; length.checked_sub(body.len()).ok_or("more than was said")?];
    connection.read_exact(&mut rest).await?;
    Ok((head, length))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(one, _)| one.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}
