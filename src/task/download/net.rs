//! The connections that the downloads of one process share: one small runtime, and one client per profile, because a
//! client owns its pool of connections.

use super::throttle::Throttle;
use crate::model::{ErrorKind, Failure, FetchOptions, link};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, Proxy, Url, redirect};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use url::Host;

/// Two threads carry hundreds of streams; the lanes' own threads do the writing.
const RUNTIME_THREADS: usize = 2;

/// A runtime and clients, made when first needed.
#[derive(Debug, Default)]
pub struct Net {
    shared: Mutex<Shared>,
    throttle: Throttle,
}

#[derive(Debug, Default)]
struct Shared {
    runtime: Option<Runtime>,
    /// As many as there are different profiles among the batches, which is few.
    clients: HashMap<Profile, Client>,
}

/// Whatever belongs to a client rather than to a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Profile {
    connect_timeout_ms: u64,
    route: Route,
    /// Connections are kept for further requests.
    keeps: bool,
    /// Certificates are needed. To read those of the system takes longer than a small download.
    encrypted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Route {
    /// As the environment says.
    Environment,
    /// Without a proxy.
    Direct,
    /// Through this proxy.
    Through(String),
}

impl Route {
    /// The environment's proxy stands elsewhere and cannot reach this machine's loopback address.
    fn of(options: &FetchOptions, url: &Url) -> Route {
        match &options.proxy {
            Some(proxy) => Route::Through(proxy.clone()),
            None if is_loopback(url) => Route::Direct,
            None => Route::Environment,
        }
    }
}

impl Net {
    /// Holds all downloads together to a speed.
    pub fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// The runtime that drives sockets and time-outs.
    pub(super) fn handle(&self) -> Result<Handle, Failure> {
        let mut shared = self.lock();
        let runtime = match shared.runtime.take() {
            Some(runtime) => runtime,
            None => Builder::new_multi_thread()
                .worker_threads(RUNTIME_THREADS)
                .thread_name("net")
                .enable_all()
                .build()
                .map_err(|error| {
                    Failure::new(ErrorKind::Io, "Cannot start the threads that carry downloads")
                        .with_details(error.to_string())
                        .retryable()
                })?,
        };
        Ok(shared.runtime.insert(runtime).handle().clone())
    }

    /// The client that fetches `url` with these options. One that does not keep connections makes a new one each time.
    pub(super) fn client(&self, options: &FetchOptions, url: &Url, keeps: bool) -> Result<Client, Failure> {
        let connect_timeout_ms = options.connect_timeout_ms;
        let route = Route::of(options, url);
        let encrypted = url.scheme() == "https" || route != Route::Direct;
        let profile = Profile { connect_timeout_ms, route, keeps, encrypted };
        let mut shared = self.lock();
        if let Some(client) = shared.clients.get(&profile) {
            return Ok(client.clone());
        }
        let client = connected(&profile)?;
        shared.clients.insert(profile, client.clone());
        Ok(client)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // Not joined: a name look-up that hangs in the system's resolver would hold up the end of the program.
        if let Some(runtime) = self.lock().runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn connected(profile: &Profile) -> Result<Client, Failure> {
    // Another part of the program may have installed it already, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let proxy = match &profile.route {
        Route::Through(address) => Some(Proxy::all(address).map_err(|error| {
            let sentence = format!(
                "\"{}\" is not the address of a proxy; write it like http://host:8080 or socks5://host:1080",
                shown_proxy(address)
            );
            Failure::new(ErrorKind::Url, sentence).with_details(error.to_string())
        })?),
        Route::Environment | Route::Direct => None,
    };
    let builder = || {
        let builder = Client::builder()
            .connect_timeout(Duration::from_millis(profile.connect_timeout_ms))
            .redirect(redirect::Policy::none())
            .referer(false)
            // Heads that browsers take.
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true);
        let builder = if profile.keeps { builder } else { builder.pool_max_idle_per_host(0) };
        match (&profile.route, &proxy) {
            (Route::Direct, _) => builder.no_proxy(),
            (_, Some(proxy)) => builder.proxy(proxy.clone()),
            (_, None) => builder,
        }
    };
    if !profile.encrypted {
        return builder().tls_certs_only([]).build().map_err(|error| unencryptable(&error));
    }
    // A machine without any root certificates can still fetch over http; https then fails as untrusted.
    builder().build().or_else(|_| builder().tls_certs_only([]).build()).map_err(|error| unencryptable(&error))
}

fn unencryptable(error: &reqwest::Error) -> Failure {
    Failure::new(ErrorKind::Tls, "Cannot set up encrypted connections on this machine")
        .with_details(format!("{error:?}"))
}

/// The proxy through which `url` is fetched: the person's, or the environment's.
pub(super) fn proxy_of(options: &FetchOptions, url: &Url) -> Option<String> {
    match Route::of(options, url) {
        Route::Through(proxy) => Some(proxy),
        Route::Direct => None,
        // A new look each time, since it is only needed for a sentence.
        Route::Environment => Some(Matcher::from_system().intercept(&url.as_str().parse().ok()?)?.uri().to_string()),
    }
}

/// A proxy's address without its password. It may come without a scheme, as `me:secret@host:8080`.
pub(super) fn shown_proxy(address: &str) -> String {
    if address.contains("://") { link::masked(address) } else { link::masked(&format!("http://{address}")) }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(net: &Net, options: &FetchOptions, url: &str) -> Result<Client, Failure> {
        net.client(options, &Url::parse(url).expect("a link"), true)
    }

    #[test]
    fn clients_are_shared_per_profile() {
        let net = Net::default();
        let plain = FetchOptions::default();
        let patient = FetchOptions { connect_timeout_ms: 60_000, user_agent: "other".to_owned(), ..plain.clone() };
        for (options, url) in [
            (&plain, "http://example.org/"),
            (&plain, "https://example.com/"),
            (&plain, "http://127.0.0.1:1/"),
            (&plain, "http://localhost/"),
            (&plain, "http://[::1]/"),
            (&patient, "http://example.org/"),
        ] {
            client(&net, options, url).expect("a client");
        }
        assert_eq!(net.lock().clients.len(), 3, "plain, loopback and patient");
    }

    #[test]
    fn a_bad_proxy_is_named_without_its_password() {
        for proxy in ["http://me:secret@:::", "me:secret@:::"] {
            let options = FetchOptions { proxy: Some(proxy.to_owned()), ..FetchOptions::default() };
            let failure = client(&Net::default(), &options, "http://example.org/").expect_err("refused");
            assert_eq!(failure.kind, ErrorKind::Url);
            assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
        }
    }
}
