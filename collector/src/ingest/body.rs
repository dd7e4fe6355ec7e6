//! Reads a request's body within a bound of bytes and time, decompressed.
//!
//! In: headers and a stream. Out: bytes, or why not. A small body that unpacks
//! to a large one is cut off at the bound, not after it.

use std::io::Read;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use flate2::read::MultiGzDecoder;

/// The longest a body may take to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);
/// Bytes beyond the bound that are taken and thrown away: whoever is cut off while it still sends
/// may never see the answer, and would send the same again.
const THROWN_AWAY_MAX: usize = 64 * 1024 * 1024;
/// Compressed bodies start with room for this many times their size.
const USUAL_RATIO: usize = 8;

/// Why there is no body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Larger than the bound, as sent or unpacked.
    #[error("the body is larger than {0} bytes after decompression; send less at a time")]
    TooLarge(usize),
    /// A compression that is not read.
    #[error("Content-Encoding {0:?} is not read here; send gzip, or no compression")]
    UnknownEncoding(String),
    /// It says gzip and is not.
    #[error("the body is not gzip although Content-Encoding says so: {0}")]
    BadGzip(String),
    /// It did not arrive.
    #[error("the body did not arrive: {0}")]
    CutOff(String),
}

impl BodyError {
    /// The stable word, also the label of the counter.
    pub fn reason(&self) -> &'static str {
        match self {
            BodyError::TooLarge(_) => "too_large",
            BodyError::UnknownEncoding(_) => "unknown_encoding",
            BodyError::BadGzip(_) => "bad_gzip",
            BodyError::CutOff(_) => "cut_off",
        }
    }

    /// The HTTP status that says so.
    pub fn status(&self) -> u16 {
        match self {
            BodyError::TooLarge(_) => 413,
            BodyError::UnknownEncoding(_) => 415,
            BodyError::BadGzip(_) => 400,
            BodyError::CutOff(_) => 408,
        }
    }
}

/// Reads a body of at most `bytes_max` bytes, decompressed.
///
/// # Errors
/// See [`BodyError`].
pub async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    let encoding = encoding.map_or("identity", |value| value.to_str().unwrap_or("?"));
    let encoding = encoding.trim().to_ascii_lowercase();
    let received = tokio::time::timeout(ARRIVES_WITHIN, collect(body, bytes_max));
    let received = received.await.unwrap_or_else(|_| {
        let why = format!("not whole after {} s", ARRIVES_WITHIN.as_secs());
        Err(BodyError::CutOff(why))
    })?;
    match encoding.as_str() {
        "identity" | "" => Ok(received),
        "gzip" | "x-gzip" => unpack(&received, bytes_max),
        _ => Err(BodyError::UnknownEncoding(encoding)),
    }
}

async fn collect(mut body: Body, bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let read_max = bytes_max.saturating_add(THROWN_AWAY_MAX);
    let mut received = Vec::with_capacity(announced.min(bytes_max));
    let mut read = 0;
    while announced <= read_max && read <= read_max {
        let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
        else {
            break;
        };
        let frame = frame.map_err(|error| BodyError::CutOff(error.to_string()))?;
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        read += bytes.len();
        if read <= bytes_max {
            received.extend_from_slice(&bytes);
        }
    }
    if announced > bytes_max || read > bytes_max {
        return Err(BodyError::TooLarge(bytes_max));
    }
    Ok(received)
}

fn unpack(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    let room = packed.len().saturating_mul(USUAL_RATIO).min(bytes_max);
    let mut unpacked = Vec::with_capacity(room);
    let one_too_many = u64::try_from(bytes_max)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    MultiGzDecoder::new(packed)
        .take(one_too_many)
        .read_to_end(&mut unpacked)
        .map_err(|error| BodyError::BadGzip(error.to_string()))?;
    if unpacked.len() > bytes_max {
        return Err(BodyError::TooLarge(bytes_max));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const MAX: usize = 1000;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound_and_never_beyond() {
        check(vec![b'x'; MAX], "identity", Ok(MAX)).await;
        check(
            vec![b'x'; MAX + 1],
            "identity",
            Err(BodyError::TooLarge(MAX)),
        )
        .await;
        check(gzip(&[b'x'; MAX]), "gzip", Ok(MAX)).await;
        check(
            gzip(&[b'x'; MAX + 1]),
            "gzip",
            Err(BodyError::TooLarge(MAX)),
        )
        .await;
        check(
            gzip(&vec![0; 900_000]),
            "gzip",
            Err(BodyError::TooLarge(MAX)),
        )
        .await;
        check(
            b"x".to_vec(),
            "br",
            Err(BodyError::UnknownEncoding("br".into())),
        )
        .await;
    }

    #[tokio::test]
    async fn what_is_not_gzip_is_said_to_be_not_gzip() {
        let mut torn = gzip(&[b'x'; MAX]);
        torn.truncate(torn.len() - 4);
        for bytes in [b"plain".to_vec(), torn] {
            let read = call(bytes, "gzip").await;
            assert_eq!(read.unwrap_err().reason(), "bad_gzip");
        }
    }

    async fn call(bytes: Vec<u8>, encoding: &str) -> Result<Vec<u8>, BodyError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
        read(&headers, Body::from(bytes), MAX).await
    }

    async fn check(bytes: Vec<u8>, encoding: &str, expected: Result<usize, BodyError>) {
        let found = call(bytes, encoding).await.map(|bytes| bytes.len());
        assert_eq!(found, expected, "{encoding}");
    }
}
