//! From a recording to a [`Profile`]: names for all addresses, stacks as they are shown.

use crate::code::CUT;
use crate::own;
use crate::profile::{Amounts, Frame, Module, Profile, SCHEMA, Stack};
use crate::recorder::Recorder;
use crate::symbols::{self, Named};
use crate::tree::Location;
use std::collections::HashMap;

/// What stands for the frames that could not be followed.
const UNKNOWN_CALLERS: &str = "[callers not known]";

/// See the module.
pub fn finish(recorder: Recorder) -> Profile {
    let mut profile = profile_of(&recorder);
    let used = used(&recorder);
    let mut frames = Frames::default();
    let places = name_locations(&recorder, &used, &mut profile.modules, &mut frames);
    profile.stacks = stacks(&recorder, &places, &frames);
    for stack in &profile.stacks {
        profile.totals.add(&stack.amounts);
    }
    frames.only_used(&mut profile.stacks);
    profile.frames = frames.list;
    profile
}

/// Everything but modules' findings, frames and stacks.
fn profile_of(recorder: &Recorder) -> Profile {
    let (lost_samples, lost_frees) = recorder.rings.lost();
    let unfinished = recorder.rings.unfinished();
    let peak = recorder.tally.peak_time.saturating_sub(recorder.begun_clock);
    Profile {
        schema: SCHEMA,
        pid: recorder.pid,
        command: recorder.command.clone(),
        rate_bytes: recorder.rate,
        samples: recorder.tally.samples,
        lost_samples: lost_samples.saturating_add(unfinished.0),
        earlier_samples: recorder.rings.earlier_samples,
        lost_frees: lost_frees.saturating_add(unfinished.1),
        started_ms: recorder.begun_ms,
        duration_ms: recorder.begun.elapsed().as_millis() as u64,
        peak_ms: peak / 1_000_000,
        ..Profile::default()
    }
}

/// Which locations are on stacks with samples.
fn used(recorder: &Recorder) -> Vec<bool> {
    let mut used = vec![false; recorder.tree.locations().len()];
    let mut seen = vec![false; recorder.tree.len()];
    for (node, amounts) in (0u32..).zip(recorder.tally.amounts()) {
        if amounts.allocated_bytes == 0 {
            continue;
        }
        for (node, location) in recorder.tree.path(node) {
            if std::mem::replace(&mut seen[node as usize], true) {
                break;
            }
            used[location as usize] = true;
        }
    }
    used
}

/// Frames, each once.
#[derive(Default)]
struct Frames {
    list: Vec<Frame>,
    places: HashMap<Frame, u32>,
}

impl Frames {
    fn place(&mut self, frame: Frame) -> u32 {
        let next = self.list.len() as u32;
        *self.places.entry(frame).or_insert_with_key(|frame| {
            self.list.push(frame.clone());
            next
        })
    }

    /// Leaves those away that no stack has, as the heap's own.
    fn only_used(&mut self, stacks: &mut [Stack]) {
        let mut places: Vec<Option<u32>> = vec![None; self.list.len()];
        let mut kept = Vec::new();
        for place in stacks.iter_mut().flat_map(|stack| &mut stack.frames) {
            let old = *place as usize;
            *place = *places[old].get_or_insert_with(|| {
                kept.push(self.list[old].clone());
                kept.len() as u32 - 1
            });
        }
        self.list = kept;
    }
}

/// For each location its frames, the innermost first.
fn name_locations(
    recorder: &Recorder,
    used: &[bool],
    modules: &mut Vec<Module>,
    frames: &mut Frames,
) -> Vec<Vec<u32>> {
    let locations = recorder.tree.locations();
    let mut places = vec![Vec::new(); locations.len()];
    let of = |module: Option<u32>| {
        let wanted = move |&place: &usize| used[place] && locations[place].module == module;
        (0..locations.len()).filter(wanted).collect::<Vec<usize>>()
    };
    for (number, module) in (0u32..).zip(&recorder.code.modules) {
        let here = of(Some(number));
        if here.is_empty() {
            continue;
        }
        let addresses: Vec<u64> =
            here.iter().map(|&place| locations[place].address.wrapping_sub(module.bias)).collect();
        let found = module.source.as_ref().map(|source| source.names(&addresses));
        let mut found = found.unwrap_or_default();
        found.functions.resize(here.len(), Vec::new());
        for ((&place, functions), virtual_address) in
            here.iter().zip(found.functions).zip(addresses)
        {
            let address = locations[place].address;
            places[place] = frames_of(functions, &module.path, address, virtual_address, frames);
        }
        modules.push(Module {
            path: module.path.clone(),
            build_id: symbols::hexadecimal(&module.build_id),
            start: module.code.start,
            end: module.code.end,
            offset: module.code_offset,
            has_names: found.has_names,
            has_lines: found.has_lines,
        });
    }
    for place in of(None) {
        let Location { address, .. } = locations[place];
        let function = if locations[place] == CUT {
            UNKNOWN_CALLERS.to_owned()
        } else {
            format!("{address:#x}")
        };
        places[place] = vec![frames.place(Frame { function, address, ..Frame::default() })];
    }
    places
}

/// The frames of a place in a module, the innermost first.
fn frames_of(
    functions: Vec<Named>,
    module: &str,
    address: u64,
    virtual_address: u64,
    frames: &mut Frames,
) -> Vec<u32> {
    if functions.is_empty() {
        let function = format!("{}+{virtual_address:#x}", own::file_name(module));
        let module = module.to_owned();
        return vec![frames.place(Frame { function, module, address, ..Frame::default() })];
    }
    functions
        .into_iter()
        .map(|named| {
            frames.place(Frame {
                function: named.function,
                module: module.to_owned(),
                file: named.file,
                line: named.line,
                inlined: named.inlined,
                address,
            })
        })
        .collect()
}

/// The stacks without the heap's own frames; equal ones are one.
fn stacks(recorder: &Recorder, places: &[Vec<u32>], frames: &Frames) -> Vec<Stack> {
    let mut sums: HashMap<Vec<u32>, Amounts> = HashMap::new();
    for (node, amounts) in (0u32..).zip(recorder.tally.amounts()) {
        if amounts.allocated_bytes == 0 {
            continue;
        }
        let path = recorder.tree.path(node);
        let mut stack: Vec<u32> =
            path.flat_map(|(_, location)| &places[location as usize]).copied().collect();
        let functions = stack.iter().map(|&frame| frames.list[frame as usize].function.as_str());
        let own = own::count(functions);
        stack.drain(..own);
        sums.entry(stack).or_default().add(&amounts);
    }
    let mut stacks: Vec<Stack> =
        sums.into_iter().map(|(frames, amounts)| Stack { frames, amounts }).collect();
    stacks.sort_by(|a, b| {
        let most = b.amounts.allocated_bytes.cmp(&a.amounts.allocated_bytes);
        most.then_with(|| a.frames.cmp(&b.frames))
    });
    stacks
}
