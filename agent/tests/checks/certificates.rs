//! Servers whose certificates are good, old, somebody else's, or not yet reloaded.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use vedette_wire::metric;

use super::*;

const DAY: u64 = 86_400;

/// Somebody who issues certificates.
struct Issuer(CertifiedIssuer<'static, KeyPair>);

impl Issuer {
    fn new(folder: &Path) -> Issuer {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap());
        let issuer = issuer.unwrap();
        std::fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        Issuer(issuer)
    }

    /// A certificate for 127.0.0.1 and `www.test` that began and ends so many days from now.
    fn issue(&self, from: i64, to: i64) -> (Certificate, KeyPair) {
        let names = ["127.0.0.1".to_owned(), "www.test".to_owned()];
        let mut parameters = CertificateParams::new(names).unwrap();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let at = |days: i64| {
            let seconds = now + 3_600;
            let seconds = seconds.checked_add_signed(days * DAY as i64).unwrap();
            rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
        };
        (parameters.not_before, parameters.not_after) = (at(from), at(to));
        let key = KeyPair::generate().unwrap();
        (parameters.signed_by(&key, &self.0).unwrap(), key)
    }
}

/// A web server with this certificate; `greets`: one that begins as a mail server.
async fn serve(certificate: &Certificate, key: &KeyPair, greets: bool) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut heard = [0; 512];
                if greets {
                    for words in ["220 mail\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go\r\n"] {
                        stream.write_all(words.as_bytes()).await.unwrap();
                        if words != "220 go\r\n" {
                            let _ = stream.read(&mut heard).await;
                        }
                    }
                }
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.read(&mut heard).await;
                    let page = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                    let _ = stream.write_all(page.as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_certificate_is_judged_by_its_end_and_its_chain() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(dir.path());
    let ca = format!("ca_file = {:?}", dir.path().join("ca.pem"));
    // (begins, ends, keys, state, part of the text, whether the chain is good)
    let cases = [
        (
            -300,
            60,
            ca.clone(),
            CheckState::Ok,
            "expires in 60 days",
            1.0,
        ),
        (
            -300,
            20,
            ca.clone(),
            CheckState::Warning,
            "expires in 20 days",
            1.0,
        ),
        (
            -300,
            3,
            ca.clone(),
            CheckState::Critical,
            "expires in 3 days",
            1.0,
        ),
        (
            -300,
            -4,
            ca.clone(),
            CheckState::Critical,
            "expired 3 days ago",
            1.0,
        ),
        (
            3,
            60,
            ca.clone(),
            CheckState::Critical,
            "is good only in 3 days",
            1.0,
        ),
        (-5, 2, ca.clone(), CheckState::Ok, "expires in 2 days", 1.0),
        (
            -5,
            1,
            ca.clone(),
            CheckState::Warning,
            "expires in 1d1h",
            1.0,
        ),
        (
            -300,
            60,
            String::new(),
            CheckState::Critical,
            "its chain is not good",
            0.0,
        ),
        (
            -300,
            60,
            "verify = false".to_owned(),
            CheckState::Ok,
            "expires in 60 days",
            0.0,
        ),
        (
            -300,
            60,
            format!("{ca}\nserver_name = \"www.test\""),
            CheckState::Ok,
            "60 days",
            1.0,
        ),
        (
            -300,
            60,
            format!("{ca}\nserver_name = \"other.test\""),
            CheckState::Critical,
            "chain",
            0.0,
        ),
        (
            -300,
            20,
            format!("{ca}\nwarn_before = \"10d\""),
            CheckState::Ok,
            "20 days",
            1.0,
        ),
    ];
    for (from, to, keys, state, part, chain) in cases {
        let (certificate, key) = issuer.issue(from, to);
        let server = serve(&certificate, &key, false).await;
        let settings = format!("target = \"{server}\"\n{keys}");
        let (run, samples) = check(&of_kind("tls", &settings)).await;
        expect(&run, state, part);
        assert_eq!(value(&samples, "chain_good"), chain, "{}", run.text);
        let expiry = samples
            .iter()
            .find(|sample| sample.name == metric::TLS_EXPIRY)
            .unwrap();
        let days = expiry.value / DAY as f64;
        assert!((days - to as f64).abs() < 0.1, "{days}");
        assert_eq!(expiry.attributes["fingerprint"].len(), 64);
    }
}

#[tokio::test]
async fn a_certificate_that_was_renewed_but_not_reloaded_is_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(dir.path());
    let (served, key) = issuer.issue(-60, 30);
    let (renewed, _) = issuer.issue(-1, 89);
    let (other, _) = issuer.issue(-61, 29);
    let server = serve(&served, &key, false).await;
    let file = dir.path().join("mine.pem");
    let settings = format!(
        "target = \"{server}\"\nca_file = {:?}\nfile = {file:?}",
        dir.path().join("ca.pem")
    );
    let cases = [
        (served.pem(), CheckState::Ok, "expires in 30 days", 0.0),
        (
            renewed.pem(),
            CheckState::Warning,
            "has been renewed, the old one is still served",
            1.0,
        ),
        (
            other.pem(),
            CheckState::Warning,
            "another certificate is served",
            0.0,
        ),
    ];
    for (pem, state, part, flag) in cases {
        std::fs::write(&file, pem).unwrap();
        let (run, samples) = check(&of_kind("tls", &settings)).await;
        expect(&run, state, part);
        assert_eq!(of(&samples, metric::TLS_NOT_LOADED), flag);
        assert_eq!(of(&samples, metric::TLS_STATE), 0.0);
    }
    std::fs::write(&file, "garbage").unwrap();
    expect(
        &check(&of_kind("tls", &settings)).await.0,
        CheckState::Warning,
        "no certificate in PEM",
    );
}

#[tokio::test]
async fn a_mail_server_is_asked_to_begin() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(dir.path());
    let (certificate, key) = issuer.issue(-60, 30);
    let server = serve(&certificate, &key, true).await;
    let settings = format!(
        "target = \"{server}\"\nstarttls = \"smtp\"\nca_file = {:?}",
        dir.path().join("ca.pem")
    );
    expect(
        &check(&of_kind("tls", &settings)).await.0,
        CheckState::Ok,
        "expires in 30 days",
    );
    let wrong = settings.replace("smtp", "pop3");
    let (run, _) = check(&of_kind("tls", &wrong)).await;
    expect(
        &run,
        CheckState::Critical,
        "does not begin to encrypt: it says \"220 mail\"",
    );
}

#[tokio::test]
async fn a_page_is_as_good_as_its_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(dir.path());
    let ca = format!("ca_file = {:?}", dir.path().join("ca.pem"));
    // (ends, keys, state, part of the text)
    let cases = [
        (60, ca.clone(), CheckState::Ok, "answers 200"),
        (20, ca.clone(), CheckState::Warning, "expires in 20 days"),
        (-4, ca.clone(), CheckState::Critical, "expired 3 days ago"),
        (
            60,
            String::new(),
            CheckState::Critical,
            "its chain is not good",
        ),
        (
            60,
            "verify = false".to_owned(),
            CheckState::Ok,
            "answers 200",
        ),
    ];
    for (to, keys, state, part) in cases {
        let (certificate, key) = issuer.issue(-300, to);
        let server = serve(&certificate, &key, false).await;
        let settings = format!("target = \"https://{server}/\"\n{keys}");
        let (run, samples) = check(&of_kind("http", &settings)).await;
        expect(&run, state, part);
        assert!(
            samples
                .iter()
                .any(|sample| sample.name == metric::TLS_EXPIRY)
        );
    }
}

#[tokio::test]
async fn who_does_not_speak_tls_is_critical() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"hello, I speak plainly\r\n").await;
        }
    });
    let (run, _) = check(&of_kind("tls", &format!("target = \"{server}\""))).await;
    expect(&run, CheckState::Critical, "does not shake hands");
}
