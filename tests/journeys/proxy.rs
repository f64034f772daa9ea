//! A proxy between the binary and moto: it counts, and it answers what it is told to.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use socket2::{Domain, SockRef, Socket, Type};

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    /// The service, as the signature names it: `ec2`.
    pub service: String,
    /// The region of the signature.
    pub region: String,
    /// The id of the key of the signature, which tells whose the call is.
    pub key: String,
    /// What is asked, as [`Proxy::tell`] is told about it: `iam:ListRoles`,
    /// `s3:GET ?policy`.
    pub operation: String,
    body: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

/// What a call is answered.
#[derive(Clone)]
pub enum Answer {
    /// What moto says.
    Genuine,
    /// What moto says, later.
    Late(Duration),
    /// What moto says, at another time.
    Dated(&'static str),
    /// What moto says, with another body.
    Edited(Arc<dyn Fn(&str) -> String + Send + Sync>),
    /// An error with this status and code, in the dialect of the service.
    Error(u16, &'static str),
    /// Something breaks.
    Broken(Fault),
}

impl Answer {
    /// What moto says, changed by `edit`.
    pub fn edited(edit: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::Edited(Arc::new(edit))
    }
}

/// What can happen to any call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Too many calls.
    Throttled,
    /// The service has a bad day.
    Unavailable,
    /// The permission is missing.
    Denied,
    /// The connection is reset before the answer.
    Reset,
    /// The connection is reset in the middle of the answer.
    ResetHalfway,
    /// The first half of the answer, announced as if it were all.
    Truncated,
    /// Bytes that are no answer of any service.
    Garbage,
    /// The well-formed page of somebody in between.
    Portal,
    /// No answer.
    Hang,
}

type Rule = Arc<dyn Fn(&Call) -> Answer + Send + Sync>;

/// The proxy; it listens until the process ends.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: SocketAddr,
    rule: Mutex<Rule>,
    calls: Mutex<Vec<Call>>,
    /// Answers by request, once the estate is at rest.
    memory: Mutex<Option<HashMap<String, Response>>>,
}

impl Proxy {
    /// A proxy that passes everything on.
    pub fn start(upstream: SocketAddr) -> Self {
        let listener = listen();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream,
            rule: Mutex::new(Arc::new(|_| Answer::Genuine)),
            calls: Mutex::default(),
            memory: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), Arc::clone(&serving));
                // A client that was killed leaves in the middle: no failure of the proxy.
                thread::spawn(move || shared.serve(stream).ok());
            }
        });
        Self { address, shared }
    }

    /// What `AWS_ENDPOINT_URL` is to be.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Decides what calls are answered from now on.
    pub fn tell(&self, rule: impl Fn(&Call) -> Answer + Send + Sync + 'static) {
        *self.shared.rule.lock().unwrap() = Arc::new(rule);
    }

    /// Answers everything as moto does.
    pub fn pass(&self) {
        self.tell(|_| Answer::Genuine);
    }

    /// The calls since this was asked last.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.shared.calls.lock().unwrap())
    }

    /// Answers equal requests from memory from now on: moto is slow, and an estate that
    /// nobody changes gives the same answers.
    pub fn remember(&self) {
        *self.shared.memory.lock().unwrap() = Some(HashMap::new());
    }
}

/// Listens on a free port, with room for all that a scan asks at once: where a busy machine
/// is slow to accept them, connections that find no room are lost for seconds.
fn listen() -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(4096).unwrap();
    socket.into()
}

#[derive(Clone)]
struct Response {
    status: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let call = Call::read(&mut BufReader::new(&stream))?;
        let rule = Arc::clone(&*self.rule.lock().unwrap());
        self.calls.lock().unwrap().push(call.clone());
        match rule(&call) {
            Answer::Genuine => self.genuine(&call)?.write(&mut stream, &call),
            Answer::Late(wait) => {
                thread::sleep(wait);
                self.genuine(&call)?.write(&mut stream, &call)
            }
            Answer::Dated(date) => {
                let mut response = self.genuine(&call)?;
                response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
                response.headers.push(("Date".to_owned(), date.to_owned()));
                response.write(&mut stream, &call)
            }
            Answer::Edited(edit) => {
                let mut response = self.genuine(&call)?;
                response.body = edit(&String::from_utf8_lossy(&response.body)).into_bytes();
                response.write(&mut stream, &call)
            }
            Answer::Error(status, code) => {
                Response::error(&call, status, code).write(&mut stream, &call)
            }
            Answer::Broken(fault) => self.broken(fault, &call, stream),
        }
    }

    fn broken(&self, fault: Fault, call: &Call, mut stream: TcpStream) -> io::Result<()> {
        match fault {
            Fault::Throttled => {
                let (status, code) = match call.service.as_str() {
                    "ec2" => (503, "RequestLimitExceeded"),
                    "s3" => (503, "SlowDown"),
                    "sqs" => (400, "ThrottlingException"),
                    _ => (400, "Throttling"),
                };
                Response::error(call, status, code).write(&mut stream, call)
            }
            Fault::Unavailable => {
                Response::error(call, 503, "ServiceUnavailable").write(&mut stream, call)
            }
            Fault::Denied => {
                let code =
                    if call.service == "ec2" { "UnauthorizedOperation" } else { "AccessDenied" };
                Response::error(call, 403, code).write(&mut stream, call)
            }
            Fault::Reset => reset(&stream),
            Fault::ResetHalfway => {
                let response = self.genuine(call)?;
                stream.write_all(&response.head()?)?;
                stream.write_all(&response.body[..response.body.len() / 2])?;
                stream.flush()?;
                // Let the half arrive: a reset throws away what was not read.
                thread::sleep(Duration::from_millis(20));
                reset(&stream)
            }
            Fault::Truncated => {
                let mut response = self.genuine(call)?;
                response.body.truncate(response.body.len() / 2);
                response.write(&mut stream, call)
            }
            Fault::Garbage => {
                let body = (0..512u32).map(|n| ((n * n) >> 3).to_le_bytes()[0]).collect();
                Response::ok("application/octet-stream", body).write(&mut stream, call)
            }
            Fault::Portal => {
                let page = "<html><head><title>Welcome</title></head>\
                            <body><p>Please log in to use this network.</p></body></html>";
                Response::ok("text/html", page.into()).write(&mut stream, call)
            }
            Fault::Hang => {
                // Until the client has had enough.
                stream.read(&mut [0]).map(|_| ())
            }
        }
    }

    fn genuine(&self, call: &Call) -> io::Result<Response> {
        let key = format!("{} {} {} {}", call.method, call.target, call.region, call.body);
        if let Some(memory) = &*self.memory.lock().unwrap()
            && let Some(response) = memory.get(&key)
        {
            return Ok(response.clone());
        }
        let response = self.ask(call)?;
        // IAM says that there is no report yet until there is one. What S3 does not have
        // it will not have.
        let lasting = response.status.starts_with('2') || call.service == "s3";
        if lasting && let Some(memory) = &mut *self.memory.lock().unwrap() {
            memory.insert(key, response.clone());
        }
        Ok(response)
    }

    fn ask(&self, call: &Call) -> io::Result<Response> {
        let mut stream = TcpStream::connect(self.upstream)?;
        let mut request = Vec::new();
        write!(request, "{} {} HTTP/1.1\r\nConnection: close\r\n", call.method, call.target)?;
        for (name, value) in &call.headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        write!(request, "\r\n{}", call.body)?;
        stream.write_all(&request)?;
        stream.flush()?;
        let mut reader = BufReader::new(stream);
        let status = line(&mut reader)?;
        let headers = headers(&mut reader)?;
        let mut body = Vec::new();
        reader.read_to_end(&mut body)?;
        let status = status.split_once(' ').map_or("", |(_, status)| status).to_owned();
        Ok(Response { status, headers, body })
    }
}

/// Ends a connection with a reset instead of an orderly end.
fn reset(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

impl Call {
    /// The operation with the names of its parameters, which tell a listing from a
    /// look-up of the same operation.
    pub fn shape(&self) -> String {
        let names = self.body.split('&').filter_map(|pair| pair.split('=').next());
        format!("{} {}", self.operation, names.collect::<Vec<_>>().join(" "))
    }

    /// A parameter of a call of the query protocol.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let value = self.body.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            (key == name).then_some(value)
        })?;
        let text = value.replace('+', " ");
        Some(percent_decode_str(&text).decode_utf8().unwrap().into_owned())
    }

    /// Whether it names something, by a name that needs no escaping.
    pub fn names(&self, name: &str) -> bool {
        self.target.contains(name) || self.body.contains(name)
    }

    fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Self> {
        let start = line(reader)?;
        let mut words = start.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let headers = headers(reader)?;
        let mut body = vec![0; length(&headers)];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        // Credential=KEY/DAY/REGION/SERVICE/aws4_request
        let scope = header(&headers, "authorization")
            .and_then(|value| value.split_once("Credential="))
            .map_or("", |(_, scope)| scope);
        let mut scope = scope.split('/').map(str::to_owned);
        let key = scope.next().unwrap_or_default();
        let region = scope.nth(1).unwrap_or_default();
        let service = scope.next().unwrap_or_default();
        // A service that speaks JSON names the operation in a header: AmazonSQS.ListQueues
        let named = header(&headers, "x-amz-target").and_then(|target| target.split('.').nth(1));
        let asked = named.map_or_else(|| asked(&method, &target, &body), str::to_owned);
        let operation = format!("{service}:{asked}");
        Ok(Self { service, region, key, operation, body, method, target, headers })
    }
}

/// The operation without its service.
fn asked(method: &str, target: &str, body: &str) -> String {
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    if let Some(action) = action {
        return action.to_owned();
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // S3 asks for parts of a bucket by a parameter without a value: ?policy
    let part = query
        .split('&')
        .map(|pair| pair.strip_suffix('=').unwrap_or(pair))
        .find(|pair| !pair.is_empty() && !pair.contains('='));
    match part {
        Some(part) => format!("{method} ?{part}"),
        None if path == "/" || path.starts_with("/v20180820/") => format!("{method} {path}"),
        None => format!("{method} bucket"),
    }
}

impl Response {
    fn ok(kind: &str, body: Vec<u8>) -> Self {
        let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
        Self { status: "200 OK".to_owned(), headers, body }
    }

    fn error(call: &Call, status: u16, code: &str) -> Self {
        let error = format!("<Code>{code}</Code><Message>told so by the proxy</Message>");
        let body = match call.service.as_str() {
            "ec2" => format!(
                "<Response><Errors><Error>{error}</Error></Errors><RequestID>r</RequestID></Response>"
            ),
            "s3" if !call.target.starts_with("/v20180820/") => {
                format!("<Error>{error}<RequestId>r</RequestId></Error>")
            }
            "sqs" => format!(r#"{{"__type":"com.amazonaws.sqs#{code}","message":"told so"}}"#),
            _ => format!(
                "<ErrorResponse><Error><Type>Sender</Type>{error}</Error>\
                 <RequestId>r</RequestId></ErrorResponse>"
            ),
        };
        let kind = if call.service == "sqs" { "application/x-amz-json-1.0" } else { "text/xml" };
        let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
        Self { status: format!("{status} {code}"), headers, body: body.into_bytes() }
    }

    fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        write!(head, "HTTP/1.1 {}\r\n", self.status)?;
        for (name, value) in &self.headers {
            let own = ["connection", "content-length", "transfer-encoding"];
            if !own.contains(&name.to_lowercase().as_str()) {
                write!(head, "{name}: {value}\r\n")?;
            }
        }
        write!(head, "Content-Length: {}\r\nConnection: close\r\n\r\n", self.body.len())?;
        Ok(head)
    }

    fn write(&self, stream: &mut TcpStream, call: &Call) -> io::Result<()> {
        stream.write_all(&self.head()?)?;
        if call.method != "HEAD" {
            stream.write_all(&self.body)?;
        }
        stream.flush()?;
        stream.shutdown(Shutdown::Write)
    }
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn headers(reader: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = line(reader)?;
        let Some((name, value)) = line.split_once(':') else { return Ok(headers) };
        if !name.eq_ignore_ascii_case("connection") {
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn length(headers: &[(String, String)]) -> usize {
    header(headers, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// What a client of the proxy gets, with moto played by one fixed answer.
#[cfg(test)]
fn asked_through(answer: Answer) -> Result<String, io::ErrorKind> {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::start(upstream.local_addr().unwrap());
    thread::spawn(move || {
        for stream in upstream.incoming() {
            let mut stream = stream.unwrap();
            Call::read(&mut BufReader::new(&stream)).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n<a>1234</a").unwrap();
        }
    });
    proxy.tell(move |call| {
        assert_eq!((call.operation.as_str(), call.region.as_str()), ("iam:ListRoles", "eu-west-1"));
        answer.clone()
    });
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let request = "POST / HTTP/1.1\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=k/20261121/eu-west-1/iam/aws4_request, S=s\r\n\
         Content-Length: 35\r\n\r\nVersion=2010-05-08&Action=ListRoles";
    stream.write_all(request.as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).map_err(|error| error.kind())?;
    assert_eq!(proxy.calls().len(), 1);
    Ok(said.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[test]
fn the_proxy_answers_what_it_is_told() {
    use io::ErrorKind::{ConnectionReset, WouldBlock};
    let broken = |fault| asked_through(Answer::Broken(fault));
    assert_eq!(asked_through(Answer::Genuine).unwrap(), "<a>1234</a");
    assert_eq!(asked_through(Answer::edited(|body| body.replace('1', "5"))).unwrap(), "<a>5234</a");
    assert_eq!(broken(Fault::Truncated).unwrap(), "<a>12");
    for (fault, code) in [(Fault::Throttled, "Throttling"), (Fault::Denied, "AccessDenied")] {
        assert!(broken(fault).unwrap().contains(&format!("<Code>{code}</Code>")));
    }
    assert!(broken(Fault::Portal).unwrap().ends_with("</html>"));
    assert_eq!(broken(Fault::Reset).unwrap_err(), ConnectionReset);
    assert_eq!(broken(Fault::ResetHalfway).unwrap_err(), ConnectionReset);
    assert_eq!(broken(Fault::Hang).unwrap_err(), WouldBlock);
}
