//! All call stacks as one tree, from the outermost frame inwards: what stacks have in common is kept
//! once. Bounded, whatever the process does.

use std::collections::HashMap;

/// Most nodes of the tree.
const MAXIMUM_NODES: usize = 1 << 22;

/// The root: no frame at all.
pub const ROOT: u32 = 0;

/// Where a frame is: in a module, or in none (code made at run time).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// Place of the module in the list of modules; `None`: in no file.
    pub module: Option<u32>,
    /// The address in the process, for looking up: within the call, not behind it.
    pub address: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Tree {
    locations: Vec<Location>,
    numbers: HashMap<Location, u32>,
    /// Parent and location of each node.
    nodes: Vec<(u32, u32)>,
    children: HashMap<(u32, u32), u32>,
    maximum: usize,
}

impl Default for Tree {
    fn default() -> Self {
        Self::with_maximum(MAXIMUM_NODES)
    }
}

impl Tree {
    fn with_maximum(maximum: usize) -> Self {
        Self {
            locations: Vec::new(),
            numbers: HashMap::new(),
            nodes: vec![(ROOT, u32::MAX)],
            children: HashMap::new(),
            maximum,
        }
    }

    /// The node of a stack, which is given from its outermost frame inwards. When the tree is full,
    /// that of the outer frames that are in it.
    pub fn insert(&mut self, stack: impl IntoIterator<Item = Location>) -> u32 {
        let mut node = ROOT;
        for location in stack {
            let full = self.nodes.len() >= self.maximum;
            let known = self.numbers.get(&location).copied();
            if full && known.is_none() {
                break;
            }
            let number = known.unwrap_or_else(|| {
                let number = self.locations.len() as u32;
                self.locations.push(location);
                self.numbers.insert(location, number);
                number
            });
            node = match self.children.get(&(node, number)) {
                Some(&child) => child,
                None if full => break,
                None => {
                    let child = self.nodes.len() as u32;
                    self.nodes.push((node, number));
                    self.children.insert((node, number), child);
                    child
                }
            };
        }
        node
    }

    /// How many nodes there are; they are numbered from 0 on.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// All locations; others speak of them by their places.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// The nodes of a stack with the places of their locations, from the innermost outwards.
    pub fn path(&self, mut node: u32) -> impl Iterator<Item = (u32, u32)> {
        std::iter::from_fn(move || {
            if node == ROOT {
                return None;
            }
            let (parent, location) = self.nodes[node as usize];
            Some((std::mem::replace(&mut node, parent), location))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(addresses: &[u64]) -> Vec<Location> {
        addresses.iter().map(|&address| Location { module: None, address }).collect()
    }

    fn path(tree: &Tree, node: u32) -> Vec<u64> {
        tree.path(node).map(|(_, place)| tree.locations()[place as usize].address).collect()
    }

    #[test]
    fn equal_stacks_are_one_node_and_outer_frames_are_shared() {
        let mut tree = Tree::default();
        let a = tree.insert(stack(&[1, 2, 3]));
        let b = tree.insert(stack(&[1, 2, 4]));
        assert_eq!(tree.insert(stack(&[1, 2, 3])), a);
        assert_eq!((path(&tree, a), path(&tree, b)), (vec![3, 2, 1], vec![4, 2, 1]));
        assert_eq!((tree.len(), tree.locations().len()), (5, 4));
        assert_eq!(tree.insert(stack(&[])), ROOT);
    }

    #[test]
    fn a_full_tree_keeps_the_outer_frames() {
        let mut tree = Tree::with_maximum(3);
        tree.insert(stack(&[1, 2]));
        let cut = tree.insert(stack(&[1, 2, 3, 4]));
        assert_eq!(path(&tree, cut), [2, 1]);
        assert_eq!(tree.insert(stack(&[9])), ROOT);
        assert_eq!(tree.len(), 3);
    }
}
