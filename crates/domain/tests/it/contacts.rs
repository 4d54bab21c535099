//! Contacts that turn out to be one, and to be two after all.

use std::collections::BTreeSet;

use plugboard_domain::{
    Actor, ContactId, Event, Recorded,
    contact::{Contact, merge, unmerge},
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::start;

fn id(n: usize) -> ContactId {
    ContactId(Uuid::from_u128(61 + n as u128))
}

/// Some contacts, kept by folding each event into whom it names, as the engine does.
struct People(Vec<Contact>);

impl People {
    fn new(count: usize) -> Self {
        let created = |n| {
            let event = Event::ContactCreated { contact_id: id(n) };
            Contact::apply(None, id(n), &recorded(event)).unwrap()
        };
        Self((0..count).map(created).collect())
    }

    fn merge(&mut self, n: usize, into: usize) -> Result<(), plugboard_domain::Rejection> {
        let events = merge(&self.0[n], &self.0[into])?;
        self.fold([n, into], events);
        Ok(())
    }

    fn unmerge(&mut self, n: usize, from: usize) -> Result<(), plugboard_domain::Rejection> {
        let events = unmerge(&self.0[n], &self.0[from])?;
        self.fold([n, from], events);
        Ok(())
    }

    fn fold(&mut self, named: [usize; 2], events: Vec<Event>) {
        for event in events {
            let event = Event::decode(event.kind(), event.data()).unwrap();
            let recorded = recorded(event);
            for (n, contact) in self.0.iter_mut().enumerate() {
                let after = Contact::apply(Some(contact.clone()), contact.id, &recorded).unwrap();
                assert!(
                    named.contains(&n) || after == *contact,
                    "nobody else changes"
                );
                *contact = after;
            }
        }
    }

    /// Everybody who redirects here, at any distance.
    fn below(&self, n: usize) -> BTreeSet<ContactId> {
        let direct = (0..self.0.len()).filter(|it| self.0[*it].merged_into == Some(id(n)));
        direct
            .flat_map(|it| self.below(it).into_iter().chain([id(it)]))
            .collect()
    }
}

fn recorded(event: Event) -> Recorded {
    Recorded {
        seq: 1,
        at: start(),
        actor: Actor::system("story"),
        conversation_id: None,
        caused_by: None,
        event,
    }
}

#[test]
fn merged_contact_redirects_and_the_other_knows() {
    let mut people = People::new(2);
    people.merge(0, 1).unwrap();
    assert_eq!(people.0[0].merged_into, Some(id(1)));
    assert_eq!(people.0[1].absorbed, [id(0)].into());
}

#[test]
fn contact_is_merged_with_everybody_whom_it_had_absorbed() {
    let mut people = People::new(4);
    people.merge(0, 1).unwrap();
    people.merge(2, 1).unwrap();
    people.merge(1, 3).unwrap();
    assert_eq!(people.0[3].absorbed, [id(0), id(1), id(2)].into());
    assert_eq!(
        people.0[1].absorbed,
        [id(0), id(2)].into(),
        "kept for the way back"
    );
}

#[test]
fn merges_that_make_no_sense_are_refused() {
    let mut people = People::new(3);
    people.merge(0, 1).unwrap();
    let refusals = [
        people.merge(2, 2).unwrap_err(),
        people.merge(0, 1).unwrap_err(),
        people.merge(0, 2).unwrap_err(),
        people.merge(1, 0).unwrap_err(),
        people.merge(2, 0).unwrap_err(),
    ];
    let refusals: Vec<_> = refusals.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(refusals.join("\n"), @r"
    a contact cannot be merged into itself
    the contact was merged into another already
    the contact was merged into another already
    the other contact was merged into another itself
    the other contact was merged into another itself
    ");
}

#[test]
fn unmerge_restores_both() {
    let mut people = People::new(3);
    people.merge(0, 1).unwrap();
    people.merge(2, 1).unwrap();
    people.unmerge(0, 1).unwrap();
    assert_eq!(people.0[0], People::new(1).0[0]);
    assert_eq!(people.0[1].absorbed, [id(2)].into());
}

#[test]
fn merges_are_undone_in_the_reverse_order() {
    let mut people = People::new(3);
    people.merge(0, 1).unwrap();
    people.merge(1, 2).unwrap();
    insta::assert_snapshot!(people.unmerge(0, 1).unwrap_err(), @"the other contact was merged since: undo that first");
    insta::assert_snapshot!(people.unmerge(0, 2).unwrap_err(), @"the contact is not merged into the other");
    people.unmerge(1, 2).unwrap();
    people.unmerge(0, 1).unwrap();
    assert_eq!(people.0, People::new(3).0);
    insta::assert_snapshot!(people.unmerge(0, 1).unwrap_err(), @"the contact is not merged into the other");
}

#[test]
fn nobody_exists_before_being_created() {
    let merged = Event::ContactMerged {
        contact_id: id(0),
        into: id(1),
        with: BTreeSet::new(),
    };
    assert_eq!(Contact::apply(None, id(0), &recorded(merged)), None);
    let other = Event::ContactCreated { contact_id: id(1) };
    assert_eq!(Contact::apply(None, id(0), &recorded(other)), None);
}

proptest! {
    #[test]
    fn merges_stay_a_forest_in_which_everybody_knows_who_is_below(
        acts in prop::collection::vec((any::<bool>(), 0_usize..6, 0_usize..6), 0..40),
    ) {
        let mut people = People::new(6);
        for (merging, a, b) in acts {
            let before = people.0.clone();
            let done = if merging { people.merge(a, b) } else { people.unmerge(a, b) };
            prop_assert!(done.is_ok() || people.0 == before, "a refusal changes nothing");
            for (n, contact) in people.0.iter().enumerate() {
                let mut hops = 0;
                let mut up = contact.merged_into;
                while let Some(next) = up {
                    hops += 1;
                    prop_assert!(hops < 6, "no circle");
                    up = people.0.iter().find(|it| it.id == next).unwrap().merged_into;
                }
                prop_assert_eq!(&contact.absorbed, &people.below(n));
            }
        }
    }
}
