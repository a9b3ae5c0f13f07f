#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/test_store.h"
#include "testing/fault_fs.h"

namespace wsfs {

/// What every file held after each step, as the steps returned.
struct History {
  using State = std::map<std::string, std::string>;

  /// After step n of the workload; [0] is the empty store. The last one may
  /// belong to a step that never returned.
  std::vector<State> states = {{}};
  std::size_t returned = 0;  ///< The state after the last step that returned.
  std::size_t hard = 0;      ///< The state after the last barrier.
  /// And after the last fsync of one file.
  std::map<std::string, std::size_t> fsynced = {};

  /// All that `name` may hold after a power failure.
  std::set<std::string> MayHold(const std::string& name) const;
  std::set<std::string> Names() const;
};

/// Creates, saves, appends, fsyncs, replaces and removes files, large and
/// small, the way the engine does, and keeps a History. Ends at the first step
/// that fails, or goes on when `tolerant`.
class StoreWorkload {
 public:
  StoreWorkload(FaultFs& disk, bool tolerant)
      : disk_(disk), tolerant_(tolerant) {}
  /// Opens the store, runs all steps and stops the disk.
  void Run();
  const History& history() const { return history_; }
  int failures() const { return failures_; }

 private:
  /// One step: what it leaves, and how it is done.
  bool Step(const std::function<void(History::State&)>& leaves,
            const std::function<Result<void>()>& act);
  bool Create(const std::string& name);
  bool Save(const std::string& name, const std::string& bytes);
  bool SaveHard(const std::string& name, const std::string& bytes);
  bool Append(const std::string& name, const std::string& bytes);
  bool Replace(const std::string& from, const std::string& to);
  bool Remove(const std::string& name);
  bool Barrier();
  bool MakeClean(const std::string& name);
  bool RunSteps();
  NodeId IdOf(const std::string& name) const;

  FaultFs& disk_;
  const bool tolerant_;
  TestStore opened_;
  History history_;
  int failures_ = 0;
};

}  // namespace wsfs
