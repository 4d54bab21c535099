//! The engine that runs all plugins: compiles, keeps compiled code, ticks the clock that stops endless loops.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, Weak},
    thread,
    time::{Duration, Instant},
};

use thiserror::Error;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
    component::{Component, Linker},
};

use crate::{
    backing::Backing,
    cache::Cache,
    clock::Pulse,
    contract::{self, Contract, ContractError},
    functions,
    grants::Grants,
    host,
    instance::Template,
    limits::Limits,
    manifest::Manifest,
    metrics::Metrics,
    package::{PACKAGE_BYTES_MAX, digest_of},
    plugin::{Inner, Plugin},
    state::{HttpQuota, Minute, Shared, State},
};

/// How long a component may be compiled. The compiler itself is slower in a build for development.
const COMPILE_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 600 } else { 60 });

/// Address space of one memory, and the most that any instance can have. More would not fit 256 times into what strict
/// containers allow.
const MEMORY_BYTES: usize = 128 * 1024 * 1024;

/// Core instances of one component: components from Python have 38.
const CORE_INSTANCES: u32 = 60;

/// Depth of calls, in bytes of stack.
const STACK_BYTES: usize = 512 * 1024;

/// How a runtime is made.
#[derive(Clone, Debug)]
pub struct RuntimeOptions {
    /// Where compiled code is kept; nowhere when unset. Nobody else may write there.
    pub cache: Option<PathBuf>,
    /// Most instances of all plugins together.
    pub instances: u32,
    /// Counts fuel, the same for the same call each time: for `plugin test`. It costs time.
    pub fuel: bool,
    /// Stops loops and shares the threads. Off only to measure what that costs.
    pub epochs: bool,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self {
            cache: None,
            instances: 256,
            fuel: false,
            epochs: true,
        }
    }
}

/// The runtime cannot be made.
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// The machine does not allow it: address space, processor.
    #[error("the sandbox cannot be set up: {0}")]
    Engine(String),
    /// The directory of compiled code cannot be used.
    #[error("the directory of compiled code: {0}")]
    Cache(#[from] std::io::Error),
}

/// A plugin cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// It is not the component that the manifest speaks of.
    #[error("the manifest says that the component has the digest {said}, it has {found}")]
    Digest {
        /// In the manifest.
        said: String,
        /// In truth.
        found: String,
    },
    /// It is too large.
    #[error("the component has more than {PACKAGE_BYTES_MAX} bytes")]
    TooLarge,
    /// It is not valid.
    #[error("the component does not compile: {0}")]
    Compile(String),
    /// It takes too long.
    #[error("the component took longer than {} s to compile", COMPILE_TIME.as_secs())]
    CompileTime,
    /// It does not keep to its contracts.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The manifest names no contract that exists.
    #[error("the manifest: {0}")]
    Manifest(String),
    /// Its types differ from the contract's.
    #[error("the component differs from the contract: {0}")]
    Types(String),
}

/// What a plugin is loaded with.
pub struct Load {
    /// Its manifest, checked.
    pub manifest: Manifest,
    /// Its component.
    pub component: Arc<[u8]>,
    /// What it may do.
    pub grants: Grants,
    /// What it may use; [`Load::new`] takes them from the manifest.
    pub limits: Limits,
    /// What answers it.
    pub backing: Arc<dyn Backing>,
}

impl Load {
    /// With the limits of the manifest, under a ceiling.
    pub fn new(
        manifest: Manifest,
        component: impl Into<Arc<[u8]>>,
        grants: Grants,
        ceiling: &crate::limits::LimitsCeiling,
        backing: Arc<dyn Backing>,
    ) -> Self {
        let pure = contracts(&manifest).is_ok_and(|it| is_pure(&it));
        let limits = if pure {
            Limits::policy()
        } else {
            Limits::service()
        };
        Self {
            limits: limits.asked(&manifest.limits, ceiling),
            component: component.into(),
            manifest,
            grants,
            backing,
        }
    }
}

fn contracts(manifest: &Manifest) -> Result<Vec<Contract>, LoadError> {
    manifest
        .contracts
        .iter()
        .map(|it| Contract::parse(it).map_err(LoadError::Manifest))
        .collect()
}

fn is_pure(contracts: &[Contract]) -> bool {
    contracts.iter().all(|it| it.world.is_policy())
}

/// The interfaces of a component by their full names, such as `plugboard:plugin/kv@0.1.0`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Names {
    /// What it asks of its host.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(String::as_str)
    }

    /// What it offers.
    pub fn exports(&self) -> impl Iterator<Item = &str> {
        self.exports.iter().map(String::as_str)
    }
}

/// Runs plugins. Cheap to clone.
#[derive(Clone)]
pub struct Runtime(Arc<Core>);

pub(crate) struct Core {
    engine: Engine,
    linker: Linker<State>,
    cache: Option<Cache>,
    /// One component is compiled at a time: it takes all processors.
    compiling: Arc<Semaphore>,
    pub(crate) slots: Slots,
    pulse: Arc<Pulse>,
    fuel: bool,
}

impl Runtime {
    /// Sets the sandbox up.
    pub fn new(options: &RuntimeOptions) -> Result<Self, RuntimeError> {
        let failed = |error: wasmtime::Error| RuntimeError::Engine(format!("{error:#}"));
        let engine = Engine::new(&config(options)).map_err(failed)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(failed)?;
        host::add_v0_1(&mut linker).map_err(failed)?;
        let cache = options.cache.as_deref().map(Cache::open).transpose()?;
        let core = Arc::new(Core {
            linker,
            cache,
            compiling: Arc::new(Semaphore::new(1)),
            slots: Slots::new(options.instances),
            pulse: Arc::default(),
            fuel: options.fuel,
            engine,
        });
        if options.epochs {
            let (pulse, weak) = (Arc::clone(&core.pulse), Arc::downgrade(&core));
            thread::Builder::new()
                .name("plugin-clock".to_owned())
                .spawn(move || tick(&pulse, &weak))?;
        }
        Ok(Self(core))
    }

    /// Loads a plugin: compiles it or takes compiled code, and compares it with its contracts. No instance is made yet.
    pub async fn load(&self, load: Load) -> Result<Plugin, LoadError> {
        let contracts = contracts(&load.manifest)?;
        let component = self
            .component(&load.component, &load.manifest.sha256)
            .await?;
        let names = self.names_of(&component);
        contract::check(&contracts, names.imports(), names.exports())?;
        let types = |error: String| LoadError::Types(error);
        let pre = self
            .0
            .linker
            .instantiate_pre(&component)
            .map_err(|error| types(format!("{error:#}")))?;
        let exports = functions::find(&pre).map_err(types)?;
        let template = Template {
            pre,
            exports,
            fuel: self.0.fuel,
            shared: Arc::new(Shared {
                key: load.manifest.id.as_str().into(),
                label: load.manifest.label().into(),
                http: HttpQuota::new(&load.limits),
                log_minute: Mutex::new(Minute::new(Instant::now())),
                used: Mutex::default(),
                metrics: Metrics::default(),
                pulse: Arc::clone(&self.0.pulse),
                pure: is_pure(&contracts),
                manifest: load.manifest,
                grants: load.grants,
                limits: load.limits,
                backing: load.backing,
            }),
        };
        let inner = Arc::new(Inner::new(template, Arc::clone(&self.0)));
        self.0.slots.watch(&inner);
        Ok(Plugin(inner))
    }

    /// The interfaces that a component imports and exports: what it can ask, and what it offers.
    pub async fn names(&self, component: &Arc<[u8]>) -> Result<Names, LoadError> {
        let component = self.component(component, "").await?;
        Ok(self.names_of(&component))
    }

    fn names_of(&self, component: &Component) -> Names {
        let ty = component.component_type();
        let imports = ty.imports(&self.0.engine);
        let exports = ty.exports(&self.0.engine);
        Names {
            imports: imports.map(|(name, _)| name.to_owned()).collect(),
            exports: exports.map(|(name, _)| name.to_owned()).collect(),
        }
    }

    async fn component(&self, bytes: &Arc<[u8]>, said: &str) -> Result<Component, LoadError> {
        if bytes.len() > PACKAGE_BYTES_MAX {
            return Err(LoadError::TooLarge);
        }
        let found = digest_of(bytes);
        if !said.is_empty() && said != found {
            return Err(LoadError::Digest {
                said: said.to_owned(),
                found,
            });
        }
        let core = Arc::clone(&self.0);
        let bytes = Arc::clone(bytes);
        let turn = Arc::clone(&core.compiling)
            .acquire_owned()
            .await
            .expect("it is never closed");
        let work = tokio::task::spawn_blocking(move || {
            // Kept until the work is done, even when nobody waits for it any more.
            let _turn = turn;
            core.compile(&bytes, &found)
        });
        match timeout(COMPILE_TIME, work).await {
            Ok(Ok(component)) => component,
            Ok(Err(error)) => Err(LoadError::Compile(error.to_string())),
            Err(_) => Err(LoadError::CompileTime),
        }
    }
}

impl Core {
    fn compile(&self, bytes: &[u8], digest: &str) -> Result<Component, LoadError> {
        if let Some(component) = self
            .cache
            .as_ref()
            .and_then(|it| it.load(&self.engine, digest))
        {
            return Ok(component);
        }
        let component = Component::from_binary(&self.engine, bytes)
            .map_err(|error| LoadError::Compile(format!("{error:#}")))?;
        if let Some(cache) = &self.cache
            && let Err(error) = cache.store(&self.engine, digest, &component)
        {
            // It runs all the same; the next start compiles again.
            tracing::warn!(%error, component.digest = digest, "compiled code was not kept");
        }
        Ok(component)
    }
}

fn config(options: &RuntimeOptions) -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(options.instances)
        .total_core_instances(options.instances.saturating_mul(8).max(CORE_INSTANCES))
        .total_memories(options.instances)
        .total_tables(options.instances.saturating_mul(4).max(CORE_INSTANCES))
        .total_stacks(options.instances)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_tables_per_component(CORE_INSTANCES)
        .max_memories_per_component(2)
        .max_memory_size(MEMORY_BYTES)
        .max_unused_warm_slots(8);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_reservation(MEMORY_BYTES as u64)
        .memory_guard_size(64 * 1024)
        .guard_before_linear_memory(false)
        .max_wasm_stack(STACK_BYTES)
        .async_stack_size(4 * STACK_BYTES)
        .epoch_interruption(options.epochs)
        .consume_fuel(options.fuel)
        // The same answer on every processor, for replays.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_component_model(true);
    config
}

fn tick(pulse: &Pulse, core: &Weak<Core>) {
    let tick = || {
        let core = core.upgrade();
        core.map(|it| it.engine.increment_epoch()).is_some()
    };
    let tidy = || {
        let core = core.upgrade();
        core.map(|it| it.slots.tidy(Instant::now())).is_some()
    };
    pulse.beat(tick, tidy);
}

/// The places for instances of all plugins, and who holds idle ones.
pub(crate) struct Slots {
    free: Arc<Semaphore>,
    /// Held for a moment.
    plugins: Mutex<Vec<Weak<Inner>>>,
}

impl Slots {
    fn new(instances: u32) -> Self {
        Self {
            free: Arc::new(Semaphore::new(instances as usize)),
            plugins: Mutex::default(),
        }
    }

    /// A place for one instance. When there is none, an idle instance of whoever has one makes room.
    pub(crate) async fn take(&self, wait: Duration) -> Option<OwnedSemaphorePermit> {
        if let Ok(slot) = Arc::clone(&self.free).try_acquire_owned() {
            return Some(slot);
        }
        drop(self.plugins().iter().find_map(|it| it.evict()));
        timeout(wait, Arc::clone(&self.free).acquire_owned())
            .await
            .ok()
            .and_then(Result::ok)
    }

    fn watch(&self, plugin: &Arc<Inner>) {
        let mut plugins = self.plugins.lock().expect("no panic while it is held");
        plugins.retain(|it| it.strong_count() > 0);
        plugins.push(Arc::downgrade(plugin));
    }

    fn plugins(&self) -> Vec<Arc<Inner>> {
        let plugins = self.plugins.lock().expect("no panic while it is held");
        plugins.iter().filter_map(Weak::upgrade).collect()
    }

    fn tidy(&self, now: Instant) {
        for plugin in self.plugins() {
            plugin.tidy(now);
        }
    }
}
