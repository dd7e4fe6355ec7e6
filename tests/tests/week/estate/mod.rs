//! Keeps who is there: 600 servers, 1,500 workstations, 150 devices, and where each stands.
//!
//! Five sites; each has four hypervisors with 25 guests each, eight machines of bare metal and
//! eight that run containers (with the guests that do: sixty in all). Workstations stand in
//! twelve branches of twelve and in three offices. Knows nothing of time.

mod files;

use std::collections::BTreeMap;

use vedette_wire::Class;

use crate::dice::Dice;

pub(crate) const SITES: [&str; 5] = ["hq", "graz", "linz", "wien", "salzburg"];
/// Those with workstations.
const OFFICES: [&str; 3] = ["hq", "graz", "linz"];
pub(crate) const BRANCHES: u32 = 12;
const WORKSTATIONS: usize = 1_500;
/// Guests that are made within the week.
const NEW: usize = 10;

/// What a machine is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Hypervisor,
    Guest,
    Metal,
    Containers,
    Workstation,
}

/// A machine with an agent.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// A site or a branch.
    pub(crate) site: String,
    pub(crate) team: &'static str,
    pub(crate) service: &'static str,
    pub(crate) parent: String,
    /// Whether it runs containers.
    pub(crate) has_containers: bool,
    /// Whether it is patched on Tuesday.
    pub(crate) is_patched: bool,
    /// The devices it looks at.
    pub(crate) looks: Vec<usize>,
    /// Whether it is not there at the beginning, nor in any file: it is made within the week.
    pub(crate) is_new: bool,
}

impl Post {
    pub(crate) fn class(&self) -> Class {
        match self.role {
            Role::Workstation => Class::Workstation,
            Role::Hypervisor | Role::Guest | Role::Metal | Role::Containers => Class::Server,
        }
    }
}

/// What agents look at from outside.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) site: String,
    pub(crate) parent: String,
    pub(crate) team: &'static str,
}

/// Everything that is there.
#[derive(Debug, Clone)]
pub(crate) struct Estate {
    pub(crate) posts: Vec<Post>,
    pub(crate) devices: Vec<Device>,
}

impl Estate {
    pub(crate) fn new(seed: u64) -> Estate {
        let mut dice = Dice::of(seed, "estate");
        let devices = devices();
        let mut posts = servers();
        posts.extend(workstations());
        spread(&mut posts, &mut dice);
        watch(&mut posts, &devices);
        let made = (1..=NEW).map(|number| Post {
            is_new: true,
            ..post(
                &format!("vm-new-{number:02}"),
                Role::Guest,
                "hq",
                "it-ops",
                String::new(),
            )
        });
        posts.extend(made);
        Estate { posts, devices }
    }

    /// All of a role, by number.
    pub(crate) fn of(&self, role: Role) -> Vec<usize> {
        self.that(|post| post.role == role)
    }

    /// All of those there from the beginning of whom it is true, by number.
    pub(crate) fn that(&self, is: impl Fn(&Post) -> bool) -> Vec<usize> {
        (0..self.posts.len())
            .filter(|at| !self.posts[*at].is_new && is(&self.posts[*at]))
            .collect()
    }

    pub(crate) fn named(&self, name: &str) -> usize {
        let found = self.posts.iter().position(|post| post.name == name);
        found.unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    pub(crate) fn device(&self, name: &str) -> usize {
        let found = self.devices.iter().position(|device| device.name == name);
        found.unwrap_or_else(|| panic!("no device is called {name}"))
    }
}

fn servers() -> Vec<Post> {
    let mut posts = Vec::new();
    let mut guests = 0;
    let mut hypervisors = 0;
    for site in SITES {
        let core = format!("sw-{site}-1|sw-{site}-2");
        for _ in 0..4 {
            hypervisors += 1;
            let hypervisor = format!("hv-{hypervisors:02}");
            let at_core = core.clone();
            posts.push(post(&hypervisor, Role::Hypervisor, site, "virt", at_core));
            for _ in 0..25 {
                guests += 1;
                let name = format!("vm-{guests:03}");
                posts.push(post(&name, Role::Guest, site, "linux", hypervisor.clone()));
            }
        }
        for number in 1..=8 {
            let name = format!("bm-{site}-{number}");
            let access = format!("acc-{site}-1");
            posts.push(post(&name, Role::Metal, site, "linux", access));
        }
        for number in 1..=8 {
            let name = format!("ct-{site}-{number}");
            posts.push(post(&name, Role::Containers, site, "web", core.clone()));
        }
    }
    posts
}

fn post(name: &str, role: Role, site: &str, team: &'static str, parent: String) -> Post {
    Post {
        name: name.to_owned(),
        role,
        site: site.to_owned(),
        team,
        service: "",
        parent,
        has_containers: role == Role::Containers,
        is_patched: false,
        looks: Vec::new(),
        is_new: false,
    }
}

fn workstations() -> Vec<Post> {
    let in_branches = (1..=BRANCHES).flat_map(|branch| {
        (1..=12).map(move |number| (format!("ws-b{branch:02}-{number:02}"), branch_name(branch)))
    });
    let rest = WORKSTATIONS - 12 * BRANCHES as usize;
    let in_offices = (0..rest).map(|number| {
        let office = OFFICES[number % OFFICES.len()];
        (
            format!("ws-{office}-{:03}", number / OFFICES.len() + 1),
            office.to_owned(),
        )
    });
    in_branches
        .chain(in_offices)
        .map(|(name, site)| post(&name, Role::Workstation, &site, "workplace", String::new()))
        .collect()
}

pub(crate) fn branch_name(branch: u32) -> String {
    format!("branch-{branch:02}")
}

/// Says which guests serve what, who is patched, who runs containers besides.
fn spread(posts: &mut [Post], dice: &mut Dice) {
    let guests: Vec<usize> = (0..posts.len())
        .filter(|at| posts[*at].role == Role::Guest)
        .collect();
    for (rank, at) in dice.some(&guests, 110).into_iter().enumerate() {
        let post = &mut posts[at];
        match rank {
            0..20 => (post.service, post.team) = ("erp", "db"),
            20..90 => (post.service, post.team) = ("shop", "web"),
            _ => post.has_containers = true,
        }
    }
    let patched: Vec<usize> = (0..posts.len())
        .filter(|at| matches!(posts[*at].role, Role::Guest | Role::Metal))
        .filter(|at| !is_watcher(&posts[*at]))
        .collect();
    for at in dice.some(&patched, 180) {
        posts[at].is_patched = true;
    }
}

/// Each site has a machine that looks at what stands there; headquarters have two more that look
/// at what connects the sites.
fn watch(posts: &mut [Post], devices: &[Device]) {
    let by_name: BTreeMap<String, usize> = (0..posts.len())
        .map(|at| (posts[at].name.clone(), at))
        .collect();
    for (number, device) in devices.iter().enumerate() {
        let from_afar = matches!(device.kind, "router" | "switch" | "website");
        let own = by_name.get(&format!("bm-{}-7", device.site)).copied();
        let afar = ["bm-hq-7", "bm-hq-8"].map(|name| by_name[name]);
        let mut looking: Vec<usize> = own.into_iter().collect();
        if from_afar || own.is_none() {
            looking.extend(afar);
        }
        looking.sort_unstable();
        looking.dedup();
        for at in looking {
            posts[at].looks.push(number);
        }
    }
}

fn is_watcher(post: &Post) -> bool {
    post.role == Role::Metal && (post.name.ends_with("-7") || post.name.ends_with("-8"))
}

fn devices() -> Vec<Device> {
    let mut devices = Vec::new();
    let mut add = |name: String, kind: &'static str, site: &str, parent: String| {
        let team = match kind {
            "printer" => "workplace",
            "website" => "web",
            _ => "network",
        };
        let site = site.to_owned();
        devices.push(Device {
            name,
            kind,
            site,
            parent,
            team,
        });
    };
    for site in SITES {
        let line = match site {
            "hq" => String::new(),
            _ => format!("vpn-{site}"),
        };
        if !line.is_empty() {
            add(line.clone(), "router", site, String::new());
        }
        let core = format!("sw-{site}-1|sw-{site}-2");
        for number in 1..=2 {
            add(format!("sw-{site}-{number}"), "switch", site, line.clone());
        }
        for number in 1..=6 {
            add(format!("acc-{site}-{number}"), "switch", site, core.clone());
        }
        add(format!("ups-{site}"), "ups", site, core.clone());
        for number in 1..=12 {
            let access = format!("acc-{site}-{}", number % 6 + 1);
            add(format!("pr-{site}-{number:02}"), "printer", site, access);
        }
        for number in 1..=5 {
            let access = format!("acc-{site}-{number}");
            add(format!("ap-{site}-{number}"), "access-point", site, access);
        }
    }
    for branch in 1..=BRANCHES {
        let site = branch_name(branch);
        add(format!("br-{branch:02}"), "router", &site, String::new());
    }
    for name in ["shop", "erp", "intranet", "mail"] {
        add(format!("www-{name}"), "website", "hq", String::new());
    }
    devices
}
