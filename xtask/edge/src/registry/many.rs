//! The same asked of many targets, several at a time, again and again as their faults allow. Never knows what is asked.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;

use release_core::finding::Cause;
use tokio::task::JoinSet;

use super::OciRegistry;
use super::exchange::{Answered, Clients, Target};
use super::oci::Used;
use super::outcome::Fault;
use crate::failure::Failure;

/// How many targets are asked at a time.
const AT_A_TIME: usize = 8;

impl OciRegistry {
    /// Asks the same of every reference; none where one is not there.
    pub(super) fn each_of<T: Send + 'static, F>(
        &self,
        references: &[String],
        ask: impl Fn(Clients, Target) -> F,
    ) -> Result<Vec<Option<T>>, Failure>
    where
        F: Future<Output = Answered<T>> + Send + 'static,
    {
        let targets = references.iter().map(|reference| self.target(reference)).collect::<Result<_, _>>()?;
        let doing = |place: usize| format!("resolve `{}`", references.get(place).map_or("", String::as_str));
        self.each(targets, &doing, |clients, _, target| ask(clients, target), &mut |_| ())
    }

    /// Asks the same of every target, which is told by its place; none where one is not there. `told` hears of each good answer.
    pub(super) fn each<T: Send + 'static, F>(
        &self,
        targets: Vec<Target>,
        doing: &dyn Fn(usize) -> String,
        ask: impl Fn(Clients, usize, Target) -> F,
        told: &mut dyn FnMut(usize),
    ) -> Result<Vec<Option<T>>, Failure>
    where
        F: Future<Output = Answered<T>> + Send + 'static,
    {
        let mut found: Vec<Option<T>> = targets.iter().map(|_| None).collect();
        let mut open: Vec<(usize, Target)> = targets.into_iter().enumerate().collect();
        let mut used = Used::default();
        while !open.is_empty() {
            let mut faults = BTreeMap::new();
            self.round(&open, &ask, &mut |place, answered| {
                self.count(answered.requests);
                match answered.found {
                    Ok(one) => {
                        if let Some(slot) = found.get_mut(place) {
                            *slot = Some(one);
                        }
                        told(place);
                    }
                    Err(Fault::Missing) => {}
                    Err(fault) => drop(faults.insert(place, fault)),
                }
            })?;
            open.retain(|(place, _)| faults.contains_key(place));
            if let Some((place, _)) = open.first() {
                let doing = doing(*place);
                let faults: Vec<Fault> = faults.into_values().collect();
                self.bear(&doing, &faults, &mut used)?;
            }
        }
        Ok(found)
    }

    /// One round: every target that is still open, eight at a time.
    fn round<T: Send + 'static, F>(
        &self,
        open: &[(usize, Target)],
        ask: &impl Fn(Clients, usize, Target) -> F,
        done: &mut dyn FnMut(usize, Answered<T>),
    ) -> Result<(), Failure>
    where
        F: Future<Output = Answered<T>> + Send + 'static,
    {
        let mut waiting: VecDeque<(usize, Target)> = open.iter().cloned().collect();
        let finished = self.drive(async {
            let mut running = JoinSet::new();
            loop {
                while running.len() < AT_A_TIME {
                    let Some((place, target)) = waiting.pop_front() else { break };
                    let answer = ask(self.clients().clone(), place, target);
                    running.spawn(async move { (place, answer.await) });
                }
                match running.join_next().await {
                    Some(Ok((place, answered))) => done(place, answered),
                    Some(Err(error)) => return Err(error),
                    None => return Ok(()),
                }
            }
        });
        finished
            .map_err(|error| Failure::of(Cause::Internal, format!("asking a registry broke off: {error}")))
    }
}
