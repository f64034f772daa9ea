//! What a certificate says of itself.

use secmonkey_core::check::Undecided;
use x509_cert::Certificate;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Decode as _, DecodePem as _, Error, Reader, SliceReader};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// Signatures over an MD5 digest (RFC 8017).
pub(super) const MD5: &[ObjectIdentifier] = &[ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4")];
/// Signatures over a SHA-1 digest: with RSA (RFC 8017), DSA (RFC 3279), ECDSA (RFC 3279).
pub(super) const SHA1: &[ObjectIdentifier] = &[
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"),
    ObjectIdentifier::new_unwrap("1.2.840.10040.4.3"),
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
];

/// What checks ask of a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// The length of its public key in bits, where that tells its strength: of RSA and DSA.
    pub key: Option<(&'static str, usize)>,
    /// How it is signed.
    pub signature: ObjectIdentifier,
    /// Whether its issuer has the name of an organization.
    pub names_issuer: bool,
}

/// Reads a certificate in PEM that stands at a pointer.
pub(super) fn read(pem: &str, at: &str) -> Result<Read, Undecided> {
    parse(pem).map_err(|error| Undecided::Failed(format!("{at} is no certificate: {error}")))
}

fn parse(pem: &str) -> Result<Read, Error> {
    let certificate = Certificate::from_pem(pem)?;
    let signed = certificate.tbs_certificate();
    let public = signed.subject_public_key_info();
    let key = match public.algorithm.oid {
        RSA => {
            let mut reader = SliceReader::new(public.subject_public_key.raw_bytes())?;
            Some(("RSA", reader.sequence(|key| first_of(key, 2))?))
        }
        DSA => match &public.algorithm.parameters {
            Some(parameters) => Some(("DSA", parameters.sequence(|key| first_of(key, 3))?)),
            None => None,
        },
        _ => None,
    };
    let names_issuer = signed.issuer().iter().any(|name| name.oid == ORGANIZATION);
    Ok(Read { key, signature: certificate.signature_algorithm().oid, names_issuer })
}

/// The length of the first of so many integers, the others being read past.
fn first_of<'a, R: Reader<'a>>(reader: &mut R, count: usize) -> Result<usize, Error> {
    let first = UintRef::decode(reader)?;
    for _ in 1..count {
        UintRef::decode(reader)?;
    }
    let bytes = first.as_bytes();
    let zeros = bytes.first().map_or(0, |byte| byte.leading_zeros() as usize);
    Ok(bytes.len() * 8 - zeros)
}
