#include "core/planner/rules.h"

namespace wsfs {

bool TurnsIntoNotebook(const Object& object, const Node& node) {
  if (!object.always_empty || object.kind != ObjectKind::kFile) return false;
  if (!node.content || node.content->size_bytes == 0) return false;
  const auto form = FormFor(node.name, *node.content);
  return form && form->form.kind == ObjectKind::kNotebook;
}

bool RuleRelease(RuleRun& run, const Object& object) {
  const Node* node = run.catalogue.NodeOf(object.key);
  if (node == nullptr || object.intent || object.fresh || node->intent ||
      node->place == Place::kLocal) {
    return false;
  }
  // Its put would go out at the close, before the writer's handle is gone.
  const bool closed = !node->drafting && !node->unclosed;
  const bool turns = node->gen != object.gen && !object.has_news() && closed &&
                     TurnsIntoNotebook(object, *node);
  if (!turns && run.catalogue.InPlace(*node, object)) return false;
  if (!turns && run.catalogue.capabilities().rename &&
      NameFits(FormOf(object), node->name) &&
      (node->kind == NodeKind::kDirectory || node->gen > 0)) {
    // (An adopter that leaves before its first close gives the object back.)
    return false;
  }
  Unbind(run.catalogue, node->id, run.context.now);
  return true;
}

bool RuleTaken(RuleRun& run, const Object& object) {
  if (object.fresh || object.has_news() || object.intent ||
      object.view == object.name) {
    return false;
  }
  const Node* node = run.catalogue.NodeOf(object.key);
  if (node == nullptr || !run.catalogue.InPlace(*node, object)) return false;
  const Node* taker = run.catalogue.Child(node->parent, object.name);
  if (taker == nullptr || taker->place != Place::kRemote) return false;
  const Object* held = run.catalogue.FindObject(taker->bind);
  if (held != nullptr && run.catalogue.InPlace(*taker, *held)) return false;
  return StepAside(run, taker->id) == Aside::kDone || run.Wait(object);
}

namespace {

bool AdoptDirectory(RuleRun& run, const Object& object, const Node& occupant) {
  if (occupant.kind != NodeKind::kDirectory || occupant.bind != kNoObject ||
      run.catalogue.NodeOf(object.key) != nullptr) {
    return false;
  }
  run.catalogue.Bind(occupant.id, object.key);
  run.catalogue.EditNode(occupant.id).loaded = true;
  return true;
}

/// May the occupant leave the object it is bound to now?
bool MayLeave(const Catalogue& catalogue, const Node& occupant) {
  if (occupant.bind == kNoObject) return true;
  const Object& other = catalogue.object(occupant.bind);
  // In place: two objects of one shown name would take turns for ever.
  return !catalogue.InPlace(occupant, other) && !other.intent &&
         !other.has_news() && !other.fresh;
}

bool AdoptFile(RuleRun& run, const Object& object, const Node& occupant) {
  Catalogue& catalogue = run.catalogue;
  const Node* before = catalogue.NodeOf(object.key);
  if (occupant.kind != NodeKind::kFile || TurnsIntoNotebook(object, occupant)) {
    return false;
  }
  if (object.intent && (before == nullptr || occupant.bind != kNoObject)) {
    return false;
  }
  if (!MayLeave(catalogue, occupant)) return false;
  const NodeId id = occupant.id;
  if (occupant.bind != kNoObject) Unbind(catalogue, id, run.context.now);
  if (before != nullptr) Unbind(catalogue, before->id, run.context.now);
  const Node& adopter = catalogue.node(id);
  const bool own = adopter.src == object.key && !adopter.content;
  catalogue.Bind(id, object.key);
  if (own) catalogue.SetSource(id, kNoObject);
  Object& row = catalogue.EditObject(object.key);
  row.gen = own ? adopter.gen : kNoGeneration;
  row.touched = run.context.now;
  return true;
}

}  // namespace

bool RuleAdopt(RuleRun& run, const Object& object) {
  if (object.fresh || object.has_news() ||
      (object.intent && object.intent->op != IntentOp::kPut)) {
    return false;
  }
  const Node* occupant = run.catalogue.Occupant(object);
  if (occupant == nullptr || occupant->bind == object.key ||
      occupant->place != Place::kRemote || occupant->intent) {
    return false;
  }
  return object.kind == ObjectKind::kDirectory
             ? AdoptDirectory(run, object, *occupant)
             : AdoptFile(run, object, *occupant);
}

bool RuleSameBytes(RuleRun& run, const Object& object) {
  const Node* node = run.catalogue.NodeOf(object.key);
  if (node == nullptr || object.kind == ObjectKind::kDirectory ||
      object.fresh || object.has_news() || object.intent ||
      node->gen == object.gen || node->gen == 0) {
    return false;
  }
  if (!node->content || !object.base) return false;
  const auto hash = NormalHash(*node->content, FormOf(object));
  if (!hash || *hash != *object.base) return false;
  run.catalogue.SetSource(node->id, kNoObject);
  run.catalogue.EditObject(object.key).gen = node->gen;
  return true;
}

}  // namespace wsfs
