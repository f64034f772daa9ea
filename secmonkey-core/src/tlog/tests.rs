//! Notes, checkpoints and proofs as the specifications have them.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Timestamp;
use crate::config::Digest;
use crate::event::{Actor, Discovered, Event, NewEvent, Position, Stored, StreamId, Version};
use crate::item::Key;
use crate::merkle::{self, Node};

/// The example of Go's `sumdb/note`, which the specification comes from.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
";
const SKEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

fn key() -> SigningKey {
    SigningKey::new("secmonkey.local/log/a", [3; 32]).unwrap()
}

#[test]
fn the_example_of_the_format_is_read_verified_and_made_again() {
    let verifier: VerifierKey = PETER.parse().unwrap();
    let note = Note::parse(NOTE).unwrap();
    assert_eq!(note.verify(&verifier), Ok(()));
    assert_eq!(note.to_string(), NOTE);

    let signing = SigningKey::parse(SKEY).unwrap();
    assert_eq!(signing.verifier(), &verifier);
    assert_eq!((signing.secret_text().as_str(), verifier.to_string().as_str()), (SKEY, PETER));
    let mut made = Note::new(note.text().to_owned());
    made.sign(&signing);
    made.sign(&signing);
    assert_eq!(made.to_string(), NOTE);
    assert!(!format!("{signing:?}").contains("AYEKFA"), "the secret shows");
}

#[test]
fn a_changed_note_and_a_foreign_key_are_told_apart() {
    let verifier: VerifierKey = PETER.parse().unwrap();
    let changed = Note::parse(&NOTE.replace("answer", "solution")).unwrap();
    assert_eq!(changed.verify(&verifier), Err(Untrusted::Forged("PeterNeumann".to_owned())));
    let foreign = Note::parse(NOTE).unwrap().verify(key().verifier()).unwrap_err();
    insta::assert_snapshot!(foreign, @"it is not signed by secmonkey.local/log/a (key df0bf98b), but by PeterNeumann (key c74f20a3)");
}

#[test]
fn what_is_no_key_is_refused_with_the_reason() {
    let wrong = |text: &str| match text.parse::<VerifierKey>() {
        Ok(key) => format!("{key:?}"),
        Err(error) => error.to_string(),
    };
    insta::assert_snapshot!(
        [
            wrong(""),
            wrong("PeterNeumann"),
            wrong(&PETER[..PETER.len() - 4]),
            wrong(&PETER.replace("Peter", "Paul")),
            wrong(&PETER.replace("c74f", "c74e")),
            wrong(&PETER.replace("+AR", "+BR")),
            wrong(&PETER.replace("Peter", "Peter ")),
            wrong(SKEY),
        ]
        .join("\n")
    );
    assert!(matches!(SigningKey::new("a b", [0; 32]), Err(InvalidKey::Name(_))));
    assert!(matches!(SigningKey::new("", [0; 32]), Err(InvalidKey::Name(_))));
}

#[test]
fn a_malformed_note_is_refused_with_its_line() {
    let wrong = |text: &str| match Note::parse(text).map(|note| Checkpoint::of(&note)) {
        Ok(Ok(checkpoint)) => format!("{checkpoint:?}"),
        Ok(Err(error)) => format!("{error} (checkpoint)"),
        Err(error) => error.to_string(),
    };
    let sound = checkpoint(3, Node::empty()).to_string();
    insta::assert_snapshot!(
        [
            wrong(""),
            wrong("text\n"),
            wrong("text\n\n"),
            wrong(sound.trim_end()),
            wrong(&sound.replace('\u{2014}', "-")),
            wrong(&sound.replace("log/a ", "log/a+ ")),
            wrong(&sound.replace("log/a ", "")),
            wrong(&(sound.clone() + "\u{2014} x AAA=\n")),
            wrong(&sound.replace("log/a\n3", "log/a\r\n3")),
            wrong(&sound.replace("\n3\n", "\n03\n")),
            wrong(&sound.replace("\n3\n", "\n+3\n")),
            wrong(&sound.replace("\n3\n", "\nthree\n")),
            wrong(&sound.replace("\n3\n", "\n3\nx")),
            wrong(&sound.replace("\n3\n", "\n\n3\n")),
            wrong(NOTE),
        ]
        .join("\n")
    );
}

fn checkpoint(size: u64, root: Node) -> Note {
    let origin = key().verifier().name().to_owned();
    let mut note = Note::new(Checkpoint { origin, size, root }.to_string());
    note.sign(&key());
    note
}

/// A checkpoint of another log that our key signed.
fn foreign() -> Note {
    let origin = "elsewhere.example/log".to_owned();
    let mut note = Note::new(Checkpoint { origin, size: 9, root: Node::empty() }.to_string());
    note.sign(&key());
    note
}

/// A log of so many events of items, and the proof of one of them.
fn proof(size: u64, index: u64) -> Proof {
    let mut stored = Vec::new();
    for n in 0..size {
        let config = json!({ "n": n });
        let event = Event::ItemDiscovered(Discovered {
            name: format!("item \u{2014} {n}"),
            arn: None,
            shape: 1,
            digest: Digest::of(&config),
            config,
            unread: std::collections::BTreeSet::new(),
        });
        let at = Timestamp::from_second(1_767_225_600).unwrap();
        let item: Key = format!("123456789012/sqs_queue/eu-west-1/{n}").parse().unwrap();
        let (stream, actor) = (StreamId::item(&item), Actor::from("test"));
        let new = NewEvent { event, observed_at: at };
        let position = Position(n + 1);
        stored.push(Stored::encode(position, &stream, Version(1), at, &actor, None, &new).unwrap());
    }
    let leaves: Vec<_> = stored.iter().map(|one| Node::leaf(&one.header, &one.body)).collect();
    let tree = |level, at| Ok::<_, ()>(merkle::subtree(&leaves, level, at));
    let one = &stored[usize::try_from(index).unwrap()];
    let leaf = String::from_utf8([one.header.clone(), one.body.clone()].concat()).unwrap();
    let evidence = Evidence { leaf, config: Some(json!({ "n": index })), revision: Some(1) };
    Proof {
        extra: Some(serde_json::to_vec(&evidence).unwrap()),
        index,
        path: merkle::inclusion(index, size, tree).unwrap(),
        checkpoint: checkpoint(size, merkle::root(size, tree).unwrap()),
    }
}

#[test]
fn a_proof_proves_its_event_as_text_too() {
    for (size, index) in [(1, 0), (2, 1), (7, 6), (7, 3), (64, 63)] {
        let made = proof(size, index);
        let read = Proof::parse(&made.to_string()).unwrap();
        assert_eq!(read, made);
        let proven = read.verify(key().verifier()).unwrap();
        assert_eq!(proven.envelope.position, Position(index + 1));
        assert_eq!((proven.config, proven.revision), (Some(json!({ "n": index })), Some(1)));
        assert_eq!(proven.checkpoint.size, size);
    }
}

#[test]
fn a_proof_of_something_else_is_refused() {
    let sound = proof(9, 4);
    let wrong = |proof: &Proof| proof.verify(key().verifier()).unwrap_err().to_string();
    let evidence = |change: &dyn Fn(&mut Evidence)| {
        let mut evidence = serde_json::from_slice(sound.extra.as_ref().unwrap()).unwrap();
        change(&mut evidence);
        wrong(&Proof { extra: Some(serde_json::to_vec(&evidence).unwrap()), ..sound.clone() })
    };
    insta::assert_snapshot!(
        [
            wrong(&Proof { extra: None, ..sound.clone() }),
            wrong(&Proof { extra: Some(b"{}".to_vec()), ..sound.clone() }),
            evidence(&|it| it.leaf = it.leaf.replace("item \u{2014} 4", "item \u{2014} 5")),
            evidence(&|it| it.config = Some(json!({ "n": 5 }))),
            wrong(&Proof { index: 5, ..sound.clone() }),
            wrong(&Proof { path: sound.path[1..].to_vec(), ..sound.clone() }),
            wrong(&Proof { checkpoint: proof(8, 0).checkpoint, ..sound.clone() }),
            wrong(&Proof { checkpoint: foreign(), ..sound.clone() }),
            sound.verify(&PETER.parse().unwrap()).unwrap_err().to_string(),
        ]
        .join("\n")
    );
}

#[test]
fn a_malformed_proof_is_refused_with_its_line() {
    let sound = proof(9, 4).to_string();
    let wrong = |text: &str| match Proof::parse(text) {
        Ok(proof) => format!("{proof:?}"),
        Err(error) => error.to_string(),
    };
    let lines = |range: std::ops::Range<usize>| -> String {
        sound.lines().collect::<Vec<_>>()[range].join("\n") + "\n"
    };
    insta::assert_snapshot!(
        [
            wrong(""),
            wrong(NOTE),
            wrong(&sound.replace("@v1", "@v2")),
            wrong(&sound.replace("extra ", "extra !")),
            wrong(&sound.replace("index 4", "index 04")),
            wrong(&sound.replace("index 4\n", "")),
            wrong(&sound.replace("index 4\n", "index 4\nhash\n")),
            wrong(&sound.replace("index 4\n", "index 4\r\n")),
            wrong(&lines(0..4)),
            wrong(&lines(0..10)),
            wrong(&sound.replace('\u{2014}', "-")),
        ]
        .join("\n")
    );
}

proptest! {
    /// One letter changed anywhere: it is no proof, or proves nothing, or says the same in
    /// other letters (white space in the extra data, the end of base64).
    #[test]
    fn a_changed_letter_never_proves_something_else(
        place in any::<prop::sample::Index>(),
        letter in prop::char::range('!', 'z'),
    ) {
        let sound = proof(11, 6);
        let said = sound.verify(key().verifier()).unwrap();
        let mut text: Vec<char> = sound.to_string().chars().collect();
        let at = place.index(text.len());
        text[at] = letter;
        let changed: String = text.into_iter().collect();
        if let Ok(proven) = Proof::parse(&changed).map(|proof| proof.verify(key().verifier()))
            && let Ok(proven) = proven
        {
            // Nobody proves what the maker says of the revision.
            let proven = Proven { revision_said: said.revision_said, ..proven };
            let config = proven.config.clone().or(said.config.clone());
            prop_assert_eq!(Proven { config, ..proven }, said);
        }
    }
}
