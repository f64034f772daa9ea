//! A server of HTTP that keeps what it is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What is answered: status, headers, body.
pub type Answer = (u16, Vec<(&'static str, String)>, String);

/// An answer with a body.
pub fn answer(status: u16, body: impl Into<String>) -> Answer {
    (status, Vec::new(), body.into())
}

pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// A server that answers so.
    pub async fn start(answers: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::run(None, answers).await
    }

    /// The same, encrypted.
    pub async fn encrypted(
        authority: &Authority,
        answers: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::run(Some(TlsAcceptor::from(Arc::clone(&authority.server))), answers).await
    }

    async fn run(
        tls: Option<TlsAcceptor>,
        answers: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, answers) = (Arc::<Mutex<Vec<Request>>>::default(), Arc::new(answers));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, kept, answers) = (tls.clone(), Arc::clone(&kept), Arc::clone(&answers));
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            // A client that trusts nobody goes away.
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &kept, &*answers).await;
                            }
                        }
                        None => serve(stream, &kept, &*answers).await,
                    }
                });
            }
        });
        Self { port, asked }
    }

    /// What was asked until now.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    asked: &Mutex<Vec<Request>>,
    answers: &(dyn Fn(&Request) -> Answer + Send + Sync),
) {
    let mut stream = tokio::io::BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let mut words = head[0].split(' ').map(str::to_owned);
    let headers: BTreeMap<_, _> = head[1..]
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let request = Request {
        method: words.next().unwrap(),
        path: words.next().unwrap(),
        headers,
        body: String::from_utf8(body).unwrap(),
    };
    let (status, headers, body) = answers(&request);
    asked.lock().unwrap().push(request);
    let headers: Vec<_> =
        headers.into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let answer = format!(
        "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len(),
    );
    // Whoever has read enough is gone.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
