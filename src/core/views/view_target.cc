#include "core/views/view_target.h"

#include <string>

#include "core/planner/changes.h"

namespace wsfs {
namespace {

/// Above every number that a catalogue gives in its life.
constexpr unsigned kViewShift = 56;
constexpr NodeId kNodeMask = (NodeId{1} << kViewShift) - 1;

}  // namespace

NodeId IdOf(const ViewTarget& target) {
  const auto number = static_cast<NodeId>(target.view) + 1;
  return target.notebook | (number << kViewShift);
}

std::optional<ViewTarget> TargetOf(NodeId id) {
  const NodeId number = id >> kViewShift;
  if (number == 0 || number > static_cast<NodeId>(View::kHtml) + 1)
    return std::nullopt;
  return ViewTarget{.notebook = id & kNodeMask,
                    .view = static_cast<View>(number - 1)};
}

std::optional<Form> NotebookFormOf(const Catalogue& catalogue,
                                   const Node& node) {
  if (node.kind != NodeKind::kFile || node.place == Place::kLocal ||
      catalogue.InLocalTree(node.parent))
    return std::nullopt;
  std::optional<Form> form;
  if (const Object* object = catalogue.FindObject(node.bind)) {
    form = FormOf(*object);
  } else if (node.content) {
    if (const auto becomes = FormFor(node.name, *node.content))
      form = becomes->form;
  }
  if (!form || form->kind != ObjectKind::kNotebook) return std::nullopt;
  return form;
}

std::optional<ViewTarget> FindView(const Catalogue& catalogue,
                                   const Node& directory,
                                   std::string_view name) {
  for (const ViewName& candidate : ViewNamesOf(name)) {
    for (const std::string& shown : NotebookNamesOf(candidate.stem)) {
      const Node* const node = catalogue.Child(directory.id, shown);
      if (node == nullptr) continue;
      const std::optional<Form> form = NotebookFormOf(catalogue, *node);
      if (!form || ViewFor(*form, candidate.stem) != shown) continue;
      if (NameOfView(candidate.view, *form, candidate.stem) == name &&
          name != shown)
        return ViewTarget{.notebook = node->id, .view = candidate.view};
    }
  }
  return std::nullopt;
}

}  // namespace wsfs
