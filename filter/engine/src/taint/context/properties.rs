//! Properties of the context: the fold is its definition, merging has no order, nothing loosens.

use super::*;
use crate::glob::Glob;
use crate::limits;
use crate::taint::{Origin, Sensitivity, TrustLevel};
use crate::time::UnixMillis;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

const NOW: UnixMillis = UnixMillis(1_000_000);

/// A segment that owns what it names.
#[derive(Debug, Clone)]
struct Owned {
    level: TrustLevel,
    origin: Origin,
    principal: String,
    readers: Option<Vec<String>>,
    sensitivity: Sensitivity,
    at: UnixMillis,
}

impl Owned {
    fn segment(&self) -> Segment<'_> {
        Segment {
            level: self.level,
            origin: self.origin,
            principal: &self.principal,
            readers: self.readers.as_deref(),
            sensitivity: self.sensitivity,
            at: self.at,
        }
    }
}

fn level() -> impl Strategy<Value = TrustLevel> {
    prop::sample::select(TrustLevel::ALL.to_vec())
}

fn owned() -> impl Strategy<Value = Owned> {
    (
        level(),
        prop::sample::select(Origin::ALL.to_vec()),
        "[a-c]{0,2}",
        option::of(btree_set("[a-d]", 0..4).prop_map(|names| names.into_iter().collect())),
        prop::sample::select(Sensitivity::ALL.to_vec()),
        900_000..1_050_000_i64,
    )
        .prop_map(
            |(level, origin, principal, readers, sensitivity, at)| Owned {
                level,
                origin,
                principal,
                readers,
                sensitivity,
                at: UnixMillis(at),
            },
        )
}

fn fold() -> impl Strategy<Value = Fold> {
    let begin = prop_oneof![3 => Just(Fold::new()), 1 => Just(Fold::unknown())];
    (begin, vec(owned(), 0..6), vec("[a-e]", 0..4)).prop_map(|(mut fold, segments, anomalies)| {
        for segment in &segments {
            fold.add(&segment.segment());
        }
        for anomaly in &anomalies {
            fold.add_anomaly(anomaly);
        }
        fold
    })
}

fn settings() -> impl Strategy<Value = FloorSettings> {
    let when = prop_oneof![
        (0..120_000_u64).prop_map(StepWhen::AfterMillis),
        (0..5_u32).prop_map(StepWhen::Anomalies),
    ];
    let step = (when, level()).prop_map(|(when, at_most)| Step { when, at_most });
    (level(), vec(step, 0..4)).prop_map(|(unknown_floor, steps)| FloorSettings {
        unknown_floor,
        steps: Steps::new(steps),
        ..FloorSettings::default()
    })
}

fn scope() -> impl Strategy<Value = FloorScope> {
    let names = vec!["a", "b", "ab", "a*", "*b", "*", "[ab]"];
    let row = (
        prop::sample::select(names),
        prop::sample::select(ResourceType::ALL.to_vec()),
        level(),
        any::<bool>(),
    );
    let tier = prop::sample::select(Tier::ALL.to_vec());
    let approval = vec(prop::sample::select(vec!["a", "b*"]), 0..2);
    (tier, option::of(level()), vec(row, 0..4), approval).prop_map(
        |(tier, default_required, rows, approval)| {
            let mut requirements: Vec<Requirement> = Vec::new();
            for (name, resource, required, has_side_effects) in rows {
                let is_new = !requirements
                    .iter()
                    .any(|row| row.name == name && row.resource == resource);
                if is_new {
                    requirements.push(Requirement {
                        name: name.to_owned(),
                        resource,
                        required,
                        has_side_effects,
                        critical_args: Vec::new(),
                    });
                }
            }
            FloorScope {
                tier,
                default_required,
                requirements,
                human_approval: approval.into_iter().map(str::to_owned).collect(),
            }
        },
    )
}

fn merged(a: &Fold, b: &Fold) -> Fold {
    let mut both = a.clone();
    both.merge(b);
    both
}

/// Whether the scopes say what a name needs, so that nothing is left to what holds for the unsaid.
fn is_said(scopes: &[FloorScope], name: &str, resource: ResourceType) -> bool {
    let lists = |scope: &FloorScope| {
        let mut rows = scope.requirements.iter();
        rows.any(|row| row.resource == resource && Glob::new(&row.name).matches(name))
    };
    let states = |scope: &FloorScope| scope.default_required.is_some();
    scopes.iter().any(lists) || scopes.iter().all(states)
}

proptest! {
    #[test]
    fn the_floor_is_the_least_that_any_segment_counts_for(
        segments in vec(owned(), 0..8),
        anomalies in 0..5_u32,
        settings in settings(),
    ) {
        let mut fold = Fold::new();
        for segment in &segments {
            fold.add(&segment.segment());
        }
        for anomaly in 0..anomalies {
            fold.add_anomaly(&anomaly.to_string());
        }
        let counts = segments.iter().map(|segment| {
            let level = segment.level.min(segment.origin.trust());
            settings.steps.apply(level, segment.at, NOW, anomalies)
        });
        let defined = counts.min().unwrap_or(settings.unknown_floor);
        prop_assert_eq!(fold.floor(&settings, NOW), defined);
    }

    #[test]
    fn merging_has_no_order_and_repeats_change_nothing(a in fold(), b in fold(), c in fold()) {
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&a, &merged(&b, &c)), merged(&merged(&a, &b), &c));
        prop_assert_eq!(merged(&a, &a), a.clone());
        prop_assert_eq!(merged(&merged(&a, &b), &b), merged(&a, &b));
        prop_assert_eq!(
            merged(&a.restrictions(), &b.restrictions()),
            merged(&a, &b).restrictions()
        );
    }

    #[test]
    fn a_fold_survives_its_bytes(fold in fold()) {
        let bytes = fold.encode();
        prop_assert!(bytes.len() <= limits::FOLD_BYTES);
        prop_assert_eq!(Fold::decode(&bytes), Ok(fold));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(fold) = Fold::decode(&bytes) {
            prop_assert_eq!(fold.encode(), bytes);
        }
    }

    #[test]
    fn untrusted_content_never_raises_the_floor(
        fold in fold(),
        more in owned(),
        settings in settings(),
    ) {
        let mut after = fold.clone();
        after.add(&Segment { level: TrustLevel::Untrusted, ..more.segment() });
        prop_assert_eq!(after.floor(&settings, NOW), TrustLevel::Untrusted);
        prop_assert!(after.sensitivity() >= fold.sensitivity());
    }

    #[test]
    fn no_content_raises_the_floor_of_a_context_that_has_some(
        fold in fold(),
        more in owned(),
        settings in settings(),
    ) {
        prop_assume!(!fold.is_empty());
        let mut after = fold.clone();
        after.add(&more.segment());
        prop_assert!(after.floor(&settings, NOW) <= fold.floor(&settings, NOW));
    }

    #[test]
    fn restrictions_of_others_never_raise_the_floor(
        own in fold(),
        other in fold(),
        settings in settings(),
    ) {
        let before = own.floor(&settings, NOW);
        prop_assert!(own.restricted_by(&other).floor(&settings, NOW) <= before);
    }

    #[test]
    fn a_further_scope_never_loosens_what_is_said(
        scopes in vec(scope(), 1..4),
        further in scope(),
        name in prop::sample::select(vec!["a", "b", "ab", "c"]),
        resource in prop::sample::select(ResourceType::ALL.to_vec()),
    ) {
        let compile = |scopes| Floors::compile(scopes, FloorSettings::default()).unwrap();
        let before = compile(scopes.clone()).needed(name, resource);
        let is_said = is_said(&scopes, name, resource);
        let mut more = scopes;
        more.push(further);
        let after = compile(more).needed(name, resource);
        prop_assert!(after.needs_approval >= before.needs_approval);
        if is_said {
            prop_assert!(after.level >= before.level);
            prop_assert!(after.has_side_effects >= before.has_side_effects);
        }
    }

    #[test]
    fn the_order_of_scopes_does_not_matter(
        scopes in vec(scope(), 0..4),
        name in prop::sample::select(vec!["a", "b", "ab", "c"]),
    ) {
        let compile = |scopes| Floors::compile(scopes, FloorSettings::default()).unwrap();
        let mut reversed = scopes.clone();
        reversed.reverse();
        let needed = |floors: Floors| floors.needed(name, ResourceType::Tool);
        prop_assert_eq!(needed(compile(scopes)), needed(compile(reversed)));
    }
}
