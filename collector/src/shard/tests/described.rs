//! Annotations that carry values: every post is described otherwise, and none is a commit.

use super::*;

#[tokio::test]
async fn an_alert_that_is_only_described_otherwise_is_committed_once_per_interval() {
    let mut world = World::new();
    let mut commits = Vec::new();
    for minute in 0..32 {
        let taken = world.post_saying(&format!("at {minute} %"));
        commits.push(taken.pending.len());
        world.land(taken).await;
        world.pass(MINUTE).await;
    }
    let expected: Vec<usize> = (0..32)
        .map(|minute| usize::from(minute % 15 == 0))
        .collect();
    assert_eq!(commits, expected);
    assert_eq!(world.said(), "at 30 %");
    let identity = world.firing()[0].identity.clone();
    let hot = world.shards.described(&identity).unwrap();
    assert_eq!(hot.annotations.get("summary"), Some("at 31 %"));
}

#[tokio::test]
async fn the_last_description_is_committed_even_if_it_stays_the_same() {
    let mut world = World::new();
    for said in ["at 1 %", "at 2 %", "at 2 %", "at 2 %"] {
        let taken = world.post_saying(said);
        world.land(taken).await;
        world.pass(4 * MINUTE).await;
    }
    assert_eq!(world.said(), "at 1 %");
    let taken = world.post_saying("at 2 %");
    assert_eq!(taken.pending.len(), 1);
    world.land(taken).await;
    assert_eq!(world.said(), "at 2 %");
    let identity = world.firing()[0].identity.clone();
    assert_eq!(world.shards.described(&identity), None);
}

#[tokio::test]
async fn an_alert_that_becomes_worse_takes_its_description_along_at_once() {
    let world = World::new();
    let taken = world.post_saying("at 1 %");
    world.land(taken).await;
    let mut worse = saying("at 2 %");
    worse.severity = Severity::Warning;
    let taken = world.shards.take_alert(world.now, &worse, 5 * MINUTE);
    world.land(taken.unwrap()).await;
    assert_eq!(world.said(), "at 2 %");
}

fn saying(summary: &str) -> PostedAlert {
    let mut alert = posted("A");
    let about = About {
        annotations: [("summary", summary)].into_iter().collect(),
        title: summary.into(),
        ..About::clone(&alert.about)
    };
    alert.about = Arc::new(about);
    alert
}

impl World {
    fn post_saying(&self, summary: &str) -> Taken {
        self.shards
            .take_alert(self.now, &saying(summary), 5 * MINUTE)
            .unwrap()
    }

    /// By what is committed.
    fn said(&self) -> String {
        self.firing()[0].about.title.clone()
    }
}
