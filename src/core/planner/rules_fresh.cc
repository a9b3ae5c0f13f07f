#include "core/planner/rules.h"

namespace wsfs {

namespace {

/// Found in a directory that was deleted here: the directory comes back.
/// Something below it must stay.
bool Resurrect(RuleRun& run, ObjectKey key) {
  Catalogue& catalogue = run.catalogue;
  const Object& object = catalogue.object(key);
  const Node* home = catalogue.NodeOf(object.parent);
  if (home == nullptr) {
    const Object& parent = catalogue.object(object.parent);
    return !parent.intent && Resurrect(run, parent.key);
  }
  const Node* there = catalogue.Child(home->id, object.view);
  if (there == nullptr) {
    run.Tell(catalogue.RemotePathOf(object),
             "was deleted here, and stays with what somebody put into it; the "
             "rest of it is removed");
    ShowObject(run, key, home->id);
    catalogue.EditNode(catalogue.NodeOf(key)->id).loaded = true;
    return true;
  }
  if (there->intent) return false;
  if (there->kind == NodeKind::kDirectory && there->bind == kNoObject &&
      object.kind == ObjectKind::kDirectory) {
    catalogue.Bind(there->id, key);
    return true;
  }
  const Object* held = catalogue.FindObject(there->bind);
  if (held != nullptr && catalogue.InPlace(*there, *held)) {
    ShowBeside(run, key);
    return true;
  }
  return StepAside(run, there->id) == Aside::kDone;
}

bool ReturnWithDirectory(RuleRun& run, const Object& object) {
  const Object& parent = run.catalogue.object(object.parent);
  if (parent.intent || parent.fresh || parent.gone()) return false;
  return Resurrect(run, parent.key) || run.Wait(object);
}

/// The content is our own, sent long ago: nothing that was found, but what we
/// wanted gone or replaced.
bool TakeOwnEcho(RuleRun& run, const Object& object) {
  if (!object.news_content) return false;
  const auto hash = NormalHash(*object.news_content, FormOf(object));
  if (!hash || !IsEcho(run.catalogue, object.name, *hash, run.context.now)) {
    return false;
  }
  run.CountLateCall();
  Object& row = run.catalogue.EditObject(object.key);
  row.fresh = false;
  row.gen = kNoGeneration;
  row.base = hash;
  row.touched = run.context.now;
  row.news_content.reset();
  return true;
}

/// Made here and there: the same, or a conflict.
bool CompareNew(RuleRun& run, const Object& object, const Node& node) {
  Catalogue& catalogue = run.catalogue;
  if (IsBusy(node) || !node.content || node.gen == 0 || !object.news_content) {
    return false;
  }
  const Form form = FormOf(object);
  const auto ours = NormalHash(*node.content, form);
  const auto theirs = NormalHash(*object.news_content, form);
  if (!ours || !theirs) return false;
  if (*ours != *theirs) {
    if (IsCached(*node.content)) return false;
    MakeConflictCopy(run, node.id, "made here and at the service");
    return true;
  }
  const NodeId id = node.id;
  catalogue.Bind(id, object.key);
  catalogue.SetSource(id, kNoObject);
  Object& row = catalogue.EditObject(object.key);
  row.fresh = false;
  row.gen = catalogue.node(id).gen;
  row.base = ours;
  row.news_content.reset();
  return true;
}

/// Two objects, one shown name: a notebook gives way to a file, else who came
/// later does.
bool ShareName(RuleRun& run, const Object& object, const Node& holder) {
  Catalogue& catalogue = run.catalogue;
  const Object& other = catalogue.object(holder.bind);
  if (object.kind == ObjectKind::kNotebook ||
      other.kind != ObjectKind::kNotebook) {
    ShowBeside(run, object.key);
    return true;
  }
  if (other.intent || other.has_news() || IsBusy(holder)) return false;
  ShowBeside(run, other.key);
  catalogue.RenameNode(holder.id, holder.parent, other.view);
  StampDirectory(run, holder.parent);
  return true;
}

/// The shown name of a found object is held by a node.
bool MeetHolder(RuleRun& run, const Object& object, const Node& holder) {
  Catalogue& catalogue = run.catalogue;
  if (holder.intent) return false;
  const auto aside = [&] {
    return StepAside(run, holder.id) == Aside::kDone || run.Wait(object);
  };
  if (holder.bind != kNoObject) {
    const Object& other = catalogue.object(holder.bind);
    if (!catalogue.InPlace(holder, other)) return aside();
    return ShareName(run, object, holder);
  }
  const bool directory = holder.kind == NodeKind::kDirectory;
  const bool found_directory = object.kind == ObjectKind::kDirectory;
  if (directory && found_directory && holder.place == Place::kRemote) {
    catalogue.Bind(holder.id, object.key);
    catalogue.EditObject(object.key).fresh = false;
    return true;
  }
  if (directory || found_directory || holder.place == Place::kLocal) {
    return aside();
  }
  return CompareNew(run, object, holder);
}

}  // namespace

bool RuleFresh(RuleRun& run, const Object& object) {
  if (!object.fresh || object.gone() || object.intent) return false;
  const Catalogue& catalogue = run.catalogue;
  if (object.kind != ObjectKind::kDirectory &&
      HasEcho(catalogue, object.name, run.context.now)) {
    if (!object.news_content) return run.Wait(object);
    if (TakeOwnEcho(run, object)) return true;
  }
  const Node* home = catalogue.NodeOf(object.parent);
  if (home == nullptr) return ReturnWithDirectory(run, object);
  if (home->place == Place::kLocal || !home->loaded) return false;
  const Node* holder = catalogue.Child(home->id, object.view);
  if (holder != nullptr) return MeetHolder(run, object, *holder);
  ShowObject(run, object.key, home->id);
  return true;
}

}  // namespace wsfs
