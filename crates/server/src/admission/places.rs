//! How many clients are connected from each address.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places that are taken, by address. Only addresses with a client are in it.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Arc<Taken>,
}

#[derive(Debug, Default)]
struct Taken(Mutex<HashMap<IpAddr, usize>>);

/// The place of one client. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    address: IpAddr,
    taken: Arc<Taken>,
}

impl Taken {
    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    /// As many places as `most` for each address.
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    pub(super) fn is_full(&self, address: IpAddr) -> bool {
        self.taken.counts().get(&address).is_some_and(|count| *count >= self.most)
    }

    /// Takes a place, if one is free.
    pub(super) fn take(&self, address: IpAddr) -> Option<Place> {
        let mut counts = self.taken.counts();
        let count = counts.get(&address).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        counts.insert(address, count + 1);
        Some(Place { address, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.taken.counts().entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(number: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, number])
    }

    proptest! {
        #[test]
        fn agrees_with_counting(steps in prop::collection::vec((0..3_u8, any::<bool>()), 0..60)) {
            let places = Places::new(2);
            let mut held: Vec<(u8, Place)> = Vec::new();
            for (number, take) in steps {
                let count = held.iter().filter(|(other, _)| *other == number).count();
                prop_assert_eq!(places.is_full(address(number)), count == 2);
                if take {
                    let place = places.take(address(number));
                    prop_assert_eq!(place.is_some(), count < 2);
                    held.extend(place.map(|place| (number, place)));
                } else if let Some(at) = held.iter().position(|(other, _)| *other == number) {
                    held.swap_remove(at);
                }
            }
            drop(held);
            prop_assert!(places.taken.counts().is_empty(), "nothing remains of those who left");
        }
    }
}
