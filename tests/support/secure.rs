//! A server that speaks HTTP/2 over TLS with a certificate of its own, and proxies.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What an HTTP/2 answer is: its status, a `Location`, its body.
pub(crate) type Answer = (u16, Option<String>, Vec<u8>);

/// Ends when dropped.
pub(crate) struct Secure {
    address: SocketAddr,
    folder: TempDir,
    requests: Arc<Mutex<Vec<http::HeaderMap>>>,
    _runtime: Runtime,
}

impl Secure {
    /// Answers every path as `answer` says.
    pub(crate) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Secure {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "files.invalid".to_owned()];
        let own = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("cert.pem"), own.cert.pem()).expect("written");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("versions").with_no_client_auth();
        let mut config = config.with_single_cert(vec![CertificateDer::from(own.cert)], key).expect("a key that fits");
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (requests, answer) = (Arc::default(), Arc::new(answer));
        let seen: Arc<Mutex<Vec<http::HeaderMap>>> = Arc::clone(&requests);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, answer, seen) = (acceptor.clone(), Arc::clone(&answer), Arc::clone(&seen));
                tokio::spawn(async move {
                    // A client that does not trust it hangs up.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let handshake = h2::server::Builder::new().handshake::<_, Cursor<Vec<u8>>>(stream).await;
                    let Ok(mut connection) = handshake else { return };
                    while let Some(Ok((request, mut respond))) = connection.accept().await {
                        let (status, location, body) = answer(request.uri().path());
                        seen.lock().expect("a lock").push(request.headers().clone());
                        let head = http::Response::builder().status(status).header("content-length", body.len());
                        let head = match location {
                            Some(location) => head.header("location", location),
                            None => head,
                        };
                        let head = head.body(()).expect("a head");
                        if let Ok(mut stream) = respond.send_response(head, false) {
                            stream.send_data(Cursor::new(body), true).ok();
                        }
                    }
                });
            }
        });
        Secure { address, folder, requests, _runtime: runtime }
    }

    pub(crate) fn link(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its certificate, for `SSL_CERT_FILE`.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    pub(crate) fn requests(&self) -> Vec<http::HeaderMap> {
        self.requests.lock().expect("a lock").clone()
    }
}

/// A proxy that connects every request to one address, whatever it asks for, and remembers what that was. Its thread ends
/// with the test.
pub(crate) struct Tunnel {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    /// One that is asked by `CONNECT`.
    pub(crate) fn http(to: u16) -> Tunnel {
        Tunnel::start(to, |stream| {
            let mut reader = BufReader::new(stream.try_clone()?);
            let (mut asked, mut line) = (String::new(), String::new());
            while reader.read_line(&mut line)? > 2 {
                asked += &line.to_ascii_lowercase();
                line.clear();
            }
            (&*stream).write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
            Ok(asked)
        })
    }

    /// One that speaks SOCKS 5, with a name and a password if it is offered one.
    pub(crate) fn socks(to: u16) -> Tunnel {
        Tunnel::start(to, |stream| {
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let count = take(stream, 2)?[1];
            let wants_login = take(stream, count.into())?.contains(&2);
            stream.write_all(&[5, if wants_login { 2 } else { 0 }])?;
            let mut asked = String::new();
            if wants_login {
                let user = take(stream, 2)?[1];
                asked += &(text(take(stream, user.into())?) + ":");
                let password = take(stream, 1)?[0];
                asked += &(text(take(stream, password.into())?) + "@");
                stream.write_all(&[1, 0])?;
            }
            let length = match take(stream, 4)?[3] {
                3 => take(stream, 1)?[0],
                1 => 4,
                _ => 16,
            };
            asked += &text(take(stream, length.into())?);
            take(stream, 2)?;
            stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
            Ok(asked)
        })
    }

    fn start(to: u16, greet: fn(&mut TcpStream) -> io::Result<String>) -> Tunnel {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let remembered = Arc::clone(&asked);
        let accept = move || {
            for mut stream in listener.incoming().flatten() {
                let Ok(asked) = greet(&mut stream) else { continue };
                remembered.lock().expect("a lock").push(asked);
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).expect("connected");
                for (from, to) in [(&stream, &server), (&server, &stream)] {
                    let (mut from, mut to) = (from.try_clone().expect("cloned"), to.try_clone().expect("cloned"));
                    let carry = move || {
                        io::copy(&mut from, &mut to).ok();
                        to.shutdown(Shutdown::Write).ok();
                    };
                    thread::Builder::new().name("tunnel".into()).spawn(carry).expect("a thread");
                }
            }
        };
        thread::Builder::new().name("proxy".into()).spawn(accept).expect("a thread");
        Tunnel { address, asked }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a lock").clone()
    }
}

fn take(stream: &mut TcpStream, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).map(|()| bytes)
}
