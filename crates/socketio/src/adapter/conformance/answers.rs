//! Answers to broadcasts.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::client::Client;
use super::nodes::Nodes;
use super::{Cluster, PATIENCE};
use crate::{BroadcastAnswers, NamespaceRef, SocketId};

/// Asks everyone in `/`, while clients do as they like.
async fn ask(
    root: &NamespaceRef,
    timeout: Duration,
    clients: impl Future<Output = ()>,
) -> BroadcastAnswers<usize> {
    let asked = root.broadcast().emit_with_ack("question", ("?",), timeout);
    let (answers, ()) = futures_util::future::join(asked, clients).await;
    answers.expect("it is JSON")
}

fn sorted(answers: &BroadcastAnswers<usize>) -> BTreeSet<(&str, usize)> {
    let answers = answers
        .answers
        .iter()
        .map(|(id, answer)| (id.as_str(), *answer.as_ref().expect("they answer with numbers")));
    answers.collect()
}

pub(super) async fn all_who_were_asked_answer(nodes: &mut Nodes<impl Cluster>) {
    let mut clients = nodes.clients(2).await;
    let mut other = nodes.client(nodes.last(), "/other").await;
    for node in nodes.numbers() {
        let begun = Instant::now();
        let root = nodes.root(node);
        let answers = ask(&root, 10 * PATIENCE, async {
            for (number, client) in clients.iter_mut().enumerate() {
                let event = client.event().await;
                assert_eq!((&*event.name, &event.args[..]), ("question", &[json!("?")][..]));
                client.answer(&event, &number.to_string()).await;
                client.answer(&event, "999").await;
            }
        });
        let answers = answers.await;
        assert!(begun.elapsed() < PATIENCE, "it ends with the last answer");
        let expected = clients.iter().enumerate().map(|(number, client)| (&*client.id, number));
        assert_eq!(sorted(&answers), expected.collect(), "all, and the first of each");
        assert_eq!((answers.missing.len(), answers.unreached.is_some()), (0, false));
    }
    nodes.of(0, "/other").broadcast().emit("end", &()).await.expect("it is JSON");
    assert!(other.events_until("end").await.is_empty(), "it was not asked");
}

pub(super) async fn some_are_silent_and_some_go(nodes: &mut Nodes<impl Cluster>) {
    for node in nodes.numbers() {
        let mut clients = nodes.clients(3).await;
        let leaving = clients.remove(0);
        let (silent, gone) = (clients.pop().map(|client| client.id), leaving.id.clone());
        let mut leaving = Some(leaving);
        let root = nodes.root(node);
        let answers = ask(&root, PATIENCE / 4, async {
            leave_when_asked(leaving.take()).await;
            for (number, client) in clients.iter_mut().enumerate() {
                let event = client.event().await;
                client.answer(&event, &number.to_string()).await;
            }
        });
        let answers = answers.await;
        let expected = clients.iter().enumerate().map(|(number, client)| (&*client.id, number));
        assert_eq!(sorted(&answers), expected.collect());
        let missing = answers.missing.iter().map(SocketId::as_str).collect::<BTreeSet<_>>();
        assert_eq!(missing, silent.iter().chain([&gone]).map(String::as_str).collect());
        nodes.root(0).broadcast().disconnect_sockets(true).await.expect("all nodes are there");
    }
}

async fn leave_when_asked(client: Option<Client>) {
    let mut client = client.expect("it is asked once");
    client.event().await;
    client.close().await;
}

pub(super) async fn nobody_was_asked(nodes: &mut Nodes<impl Cluster>) {
    let _clients = nodes.clients(1).await;
    let begun = Instant::now();
    let asked = nodes.root(0).to("an empty room");
    let answers = asked.emit_with_ack::<()>("question", (), 10 * PATIENCE).await;
    let answers = answers.expect("it is JSON");
    assert!(begun.elapsed() < PATIENCE, "there is nothing to wait for");
    assert!(answers.answers.is_empty() && answers.missing.is_empty());
    assert!(answers.unreached.is_none());
}
