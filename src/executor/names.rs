//! What a new task is called, and which group it joins.
//!
//! Not here: what becomes of it (`core`), and what objects are called (`object`).

use super::core::Core;
use super::runtime::Settings;
use super::task::{GroupChoice, Named};
use super::waker::MAX_TASKS;
use crate::config::Flavor;
use crate::trace::{ObjectInfo, ObjectKind, Site, TaskId};

impl Core {
    /// Names a task that is about to be spawned, and the object of its completion.
    pub(super) fn name_task(
        &mut self,
        site: Site,
        choice: GroupChoice,
        settings: &Settings,
    ) -> Named {
        let (task, group) = match self.running {
            None if self.spawned.is_empty() => (TaskId::BODY, self.add_group()),
            spawner => (
                self.next_name(spawner),
                self.choose_group(spawner, choice, settings),
            ),
        };
        let info = ObjectInfo {
            kind: ObjectKind::Task,
            created_at: site,
            capacity: None,
            namesake: None,
            foreign: false,
        };
        let object = self.create_object(info);
        Named {
            task,
            object,
            group,
            is_thread: choice == GroupChoice::Own,
        }
    }

    fn next_name(&mut self, spawner: Option<TaskId>) -> TaskId {
        let spawner = spawner.unwrap_or(TaskId::BODY);
        let nth = self.task(spawner).tasks_created;
        self.task_mut(spawner).tasks_created += 1;
        let name = self.task_names.name(spawner.index(), nth);
        assert!(
            name < MAX_TASKS,
            "a check can name at most {MAX_TASKS} tasks"
        );
        TaskId(name)
    }

    fn choose_group(
        &mut self,
        spawner: Option<TaskId>,
        choice: GroupChoice,
        settings: &Settings,
    ) -> usize {
        match (choice, settings.flavor) {
            (GroupChoice::Flavor, Flavor::CurrentThread | Flavor::Local) => 0,
            (GroupChoice::Flavor, Flavor::MultiThread)
            | (GroupChoice::Own | GroupChoice::Alone, _) => self.add_group(),
            (GroupChoice::Given(group), _) => group,
            (GroupChoice::Spawner, _) => self.task(spawner.unwrap_or(TaskId::BODY)).group,
        }
    }
}
