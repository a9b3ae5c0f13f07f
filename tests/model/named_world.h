#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/planner/planner.h"
#include "store/catalogue.h"

namespace wsfs {

/// One named case of planner.md §13 (tests/model/named_cases.jsonl).
struct NamedCase {
  std::string name;
  bool rename = true;
  bool cold = false;  ///< Nothing was read before.
  /// The operation, then its paths and values as text.
  std::vector<std::vector<std::string>> operations;
  std::vector<std::string> calls;           ///< "check a.txt", …
  std::map<std::string, std::string> keep;  ///< Objects: path before, after.
};

std::vector<NamedCase> ReadNamedCases();
/// Only a service can play it: somebody else acts, or the daemon dies.
bool NeedsService(const NamedCase& named);
/// The calls that change the service, parked names masked.
std::vector<std::string> WritesOf(const std::vector<std::string>& calls);

/// A catalogue, a person at the mount, and a service that says yes to every
/// call: enough to see which writes follow from the rules.
class NamedWorld {
 public:
  explicit NamedWorld(const NamedCase& named);

  void Do(const std::vector<std::string>& operation);
  /// Runs the plan until nothing is left or the time is over; true if nothing.
  bool Drain(PlanMillis limit_ms = 130'000);
  const std::vector<std::string>& writes() const { return writes_; }
  /// The key of the object at "d/f/n", 0 if there is none.
  ObjectKey ObjectAt(std::string_view path) const;
  const Catalogue& catalogue() const { return catalogue_; }

 private:
  struct Split {
    NodeId directory;
    std::string name;
  };
  void AddSeed(std::string_view path, ObjectKind kind);
  void Advance(PlanMillis ms) { context_.now += ms; }
  void Settle();
  Split SplitPath(std::string_view path) const;
  const Node* Lookup(std::string_view path) const;
  Place PlaceFor(NodeId directory, std::string_view name) const;
  void Touch(NodeId id);
  NodeId AddChild(const Split& at, NodeKind kind);
  void Open(std::string_view path);
  void Write(std::string_view path, std::string_view like);
  void Close(std::string_view path, bool empty);
  void Save(std::string_view path);
  void Same(std::string_view path);
  void Unlink(std::string_view path);
  void RemoveTree(std::string_view path);
  void Rename(std::string_view from, std::string_view to);
  void Exchange(std::string_view a, std::string_view b);
  bool DoScript(const std::vector<std::string>& operation);

  void Run(const Action& action);
  void RunPut(const Object& object);
  void RunCreate(const Node& node);
  void RunMkdir(const Node& node);
  void RunMove(const Object& object);
  void RunPark(const Object& object);
  void RunRemoval(const Object& object);
  void RunHydrate(const Node& node);
  bool IsSteady(ObjectKey key) const;
  ObjectKey AddMade(ObjectKey parent, std::string name, const Node& node);

  Catalogue catalogue_;
  PlannerContext context_;
  std::map<NodeId, std::string> drafts_;
  std::vector<std::string> writes_;
  int tokens_ = 0;
};

}  // namespace wsfs
