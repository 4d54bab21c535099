//! One story that every store has to tell the same way.

#![expect(clippy::unwrap_used, reason = "a step that fails shall say where")]

mod calls;
mod conversations;
mod duplicates;
mod lists;
mod merges;
mod plugins;
mod policies;
mod retention;
mod search;
mod setup;
mod work;

use plugboard_store::Store;

use crate::world::World;

/// Runs the story on an empty store.
///
/// # Panics
/// Where the store tells it differently.
pub async fn run(store: &dyn Store) {
    let mut world = World::new();
    setup::configuration_and_secrets(&mut world, store).await;
    conversations::a_conversation_begins_and_is_read_back(&mut world, store).await;
    conversations::the_journal_is_read_by_position(&mut world, store).await;
    conversations::threads_are_read_from_both_ends(&mut world, store).await;
    duplicates::what_does_not_fit_is_refused_whole(&mut world, store).await;
    lists::each_filter_lists_what_it_says(&mut world, store).await;
    lists::pages_follow_each_other(&mut world, store).await;
    lists::counts_are_bounded_by_scope(&mut world, store).await;
    merges::a_merge_moves_the_thread_and_hides_it_from_others(&mut world, store).await;
    merges::a_merged_contact_redirects(&mut world, store).await;
    work::timers_and_outside_work_come_due(&mut world, store).await;
    work::queues_are_urgent_first(&mut world, store).await;
    policies::facts_of_work_are_read_in_one(&mut world, store).await;
    policies::readers_keep_how_far_they_are(&mut world, store).await;
    work::drafts_marks_and_files(&mut world, store).await;
    plugins::values_are_counted_and_end(&mut world, store).await;
    plugins::bodies_go_with_their_work(&mut world, store).await;
    plugins::deliveries_of_a_conversation_come_in_order(&mut world, store).await;
    plugins::answers_find_their_way_and_texts_change(&mut world, store).await;
    calls::calls_are_found_and_come_due(&mut world, store).await;
    search::words_are_found_where_they_are(&mut world, store).await;
}

/// Runs the story of retention on an empty store. It is told apart, since what it takes away cannot be replayed.
///
/// # Panics
/// Where the store tells it differently.
pub async fn run_retention(store: &dyn Store) {
    let mut world = World::new();
    retention::old_events_go_and_what_is_still_needed_stays(&mut world, store).await;
}
