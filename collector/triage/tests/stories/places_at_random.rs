//! What can happen to hosts and to a switch that they look at, for random stories.

use proptest::prelude::*;
use vedette_triage::{
    AlertSignal, End, EntityId, HostSays, Identity, Input, Labels, Look, Looked, Says, Severity,
    Signal,
};
use vedette_wire::Goodbye;

use crate::support::places::{falls_silent, reports, returns};
use crate::support::*;

/// What happens to one host.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OfPlace {
    FallsSilent,
    Returns,
    Leaves(u8),
    Reports,
    Looks(u8),
    FindsDown(bool, u8),
    FindsWell(u8),
    SeesSwitch(bool),
    Holds(u8),
}

pub(crate) fn of_place() -> impl Strategy<Value = OfPlace> {
    prop_oneof![
        4 => Just(OfPlace::FallsSilent),
        4 => Just(OfPlace::Returns),
        1 => (0_u8..3).prop_map(OfPlace::Leaves),
        4 => Just(OfPlace::Reports),
        2 => (0_u8..4).prop_map(OfPlace::Looks),
        4 => (any::<bool>(), 0_u8..2).prop_map(|(worst, check)| OfPlace::FindsDown(worst, check)),
        3 => (0_u8..2).prop_map(OfPlace::FindsWell),
        2 => any::<bool>().prop_map(OfPlace::SeesSwitch),
        1 => (0_u8..60).prop_map(OfPlace::Holds),
    ]
}

const CHECKS: [(&str, &str); 2] = [("ping", "icmp"), ("toner", "snmp")];

pub(crate) fn take_place(world: &mut World, host: &str, what: OfPlace) {
    let at = world.now;
    match what {
        OfPlace::FallsSilent => falls_silent(world, host),
        OfPlace::Returns => returns(world, host),
        OfPlace::Leaves(why) => {
            let reasons = [Goodbye::Reboot, Goodbye::PowerOff, Goodbye::AgentUpgrade];
            let reason = reasons[usize::from(why)];
            world.host(host, left(reason));
        }
        OfPlace::Reports => reports(world, host),
        OfPlace::Looks(which) => {
            let made = |at: usize| usize::from(which) & (1 << at) != 0;
            let looks = CHECKS.iter().enumerate().filter(|(at, _)| made(*at));
            let looks = looks.map(|(_, (check, kind))| Look {
                device: "sw".into(),
                check: (*check).into(),
                kind: (*kind).into(),
                every_s: 30.0,
            });
            let at = looks.collect();
            world.host(host, HostSays::Looks { at });
        }
        OfPlace::FindsDown(worst, check) => {
            let severity = match worst {
                true => Severity::Critical,
                false => Severity::Warning,
            };
            let says = Says::Firing {
                severity,
                since: at,
                valid_until: None,
            };
            view(world, (host, check), says);
        }
        OfPlace::FindsWell(check) => {
            let end = End::Recovered;
            view(world, (host, check), Says::Ok { end, since: at });
        }
        OfPlace::SeesSwitch(well) => {
            let device = "sw".into();
            let looked = vec![Looked { device, well }];
            world.host(host, HostSays::Observed { at, looked });
        }
        OfPlace::Holds(lasts) => {
            let until = at.after(minutes(u64::from(lasts)));
            let (why, by) = ("planned".to_owned(), "root".to_owned());
            world.host(host, HostSays::Holds { until, why, by });
        }
    }
}

fn view(world: &mut World, (host, check): (&str, u8), says: Says) {
    let (check, _) = CHECKS[usize::from(check)];
    let attributes: Labels = [("check", check), ("about", "sw")].into_iter().collect();
    let id = EntityId::new(&format!("id-of-{host}"));
    world.input(&Input::Signal(Signal::Alert(AlertSignal {
        identity: Identity::found_by(&id, "disk", &attributes),
        says,
        about: condition("disk", "sw").with("from", host).about(),
        drill: None,
    })));
}
