//! What others check the record with.

use std::convert::Infallible;

use secmonkey_core::event::{Position, Stored};
use secmonkey_core::log;
use secmonkey_core::merkle::{self, Node};
use secmonkey_core::testing::Look;
use secmonkey_core::tlog::{Checkpoint, Note, Proof, SigningKey, VerifierKey};

use super::api::{GROUP, ITEM, answered, over, scene, sent};
use super::*;

/// What is kept beside a log in memory: one key, and what it signed.
pub struct Kept {
    log: Arc<Memory>,
    signed: Mutex<Vec<(Note, Checkpoint)>>,
}

fn key() -> SigningKey {
    SigningKey::new("log.example/a", [7; 32]).unwrap()
}

impl Kept {
    pub fn new(log: Arc<Memory>) -> Self {
        Self { log, signed: Mutex::default() }
    }

    async fn leaves(&self) -> Result<(Vec<Stored>, Vec<Node>), log::Error> {
        let all = self.log.read_stored(Position(0), usize::MAX).await?;
        let leaves = all.iter().map(|one| Node::leaf(&one.header, &one.body)).collect();
        Ok((all, leaves))
    }
}

#[async_trait]
impl Ledger for Kept {
    fn checkpoints(&self) -> Result<Vec<(Note, Checkpoint)>, log::Error> {
        Ok(self.signed.lock().unwrap().clone())
    }

    fn keys(&self) -> Result<Vec<(String, VerifierKey)>, log::Error> {
        Ok(vec![("main".to_owned(), key().verifier().clone())])
    }

    async fn sign(&self, _: &str) -> Result<Note, log::Error> {
        let (_, leaves) = self.leaves().await?;
        let size = leaves.len() as u64;
        let Ok(root) = merkle::root(size, |level, at| {
            Ok::<_, Infallible>(merkle::subtree(&leaves, level, at))
        });
        let checkpoint = Checkpoint { origin: key().verifier().name().to_owned(), size, root };
        let mut note = Note::new(checkpoint.to_string());
        note.sign(&key());
        self.signed.lock().unwrap().push((note.clone(), checkpoint));
        Ok(note)
    }

    async fn inclusion(
        &self,
        position: Position,
        size: u64,
    ) -> Result<(Stored, Vec<Node>), log::Error> {
        let (mut all, leaves) = self.leaves().await?;
        let index = position.0 - 1;
        let Ok(path) = merkle::inclusion(index, size, |level, at| {
            Ok::<_, Infallible>(merkle::subtree(&leaves, level, at))
        });
        Ok((all.remove(usize::try_from(index).unwrap()), path))
    }
}

/// Makes the key known, and signs what was recorded.
pub async fn sign(scene: &Scene, router: &Router) -> Value {
    let decisions = Decisions::new(scene.log.clone(), scene.views.clone(), Actor::from("ann"));
    decisions.sign_with(key().verifier()).await.unwrap();
    let (status, checkpoint) = sent(router, ("POST", "checkpoints"), &[], json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{checkpoint}");
    checkpoint
}

#[tokio::test]
async fn what_was_signed_proves_what_was_recorded() {
    let mut scene = scene().await;
    let router = owners(over(&scene));
    let keys = answered(&router, "/api/v1/keys").await;
    assert_eq!((&keys[0]["name"], &keys[0]["since"]), (&json!("main"), &json!(null)));
    // A key that the record does not know signs nothing.
    let (status, _) = sent(&router, ("POST", "checkpoints"), &[], json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let prove = async |path: &str| asked(router.clone(), get(path)).await;
    assert_eq!(prove(&format!("{ITEM}/proof")).await.0, StatusCode::CONFLICT);

    let checkpoint = sign(&scene, &router).await;
    assert_eq!(checkpoint["size"], json!(scene.log.head().await.unwrap().position.0));
    assert_eq!(answered(&router, "/api/v1/checkpoints").await, json!([checkpoint]));
    let keys = answered(&router, "/api/v1/keys").await;
    assert_eq!(keys[0]["key"], json!(key().verifier().to_string()));
    assert!(keys[0]["since"].is_string() && keys.as_array().unwrap().len() == 1, "{keys}");
    let (status, problem) =
        sent(&router, ("POST", "checkpoints"), &[], json!({ "key": "../main" })).await;
    assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("key")));

    for (path, revision, config) in
        [("proof", 2, json!({ "Open": "10.0.0.0/8" })), ("proof?revision=1", 1, json!({}))]
    {
        let (status, kind, proof) = prove(&format!("{ITEM}/{path}")).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/plain; charset=utf-8"));
        let proven = Proof::parse(&proof).unwrap().verify(key().verifier()).unwrap();
        assert_eq!((proven.revision_said, proven.config), (Some(revision), Some(config)));
    }
    // What came later is not covered.
    scene.scan(Look::at(&GROUP).item("sg-1", json!({ "Open": "nobody" }))).await;
    assert_eq!(prove(&format!("{ITEM}/proof")).await.0, StatusCode::CONFLICT);
    assert_eq!(prove(&format!("{ITEM}/proof?revision=2")).await.0, StatusCode::OK);
}
