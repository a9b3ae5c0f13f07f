#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "named_cases_world.h"

namespace wsfs {

/// Numbers from a seed, the same on every machine.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::size_t Below(std::size_t limit) {
    return static_cast<std::size_t>(engine_() % limit);
  }
  bool OneIn(std::size_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// A person at the mount who saves the way editors do, moves, swaps and
/// removes things, one small operation at a time (planner_model/sim.py,
/// s_user and s_script). One thread.
class RandomPerson {
 public:
  RandomPerson(World& world, Chance& chance) : world_(world), chance_(chance) {}

  /// The next operation of a running script, or a new script.
  void Step();
  /// Ends what was begun.
  void FinishAll();
  /// A dead process: nobody goes on.
  void Forget() { scripts_.clear(); }
  /// Now and then the disk is waited for, before or after a close.
  bool fsyncs = false;

 private:
  using Script = std::vector<std::function<void(World&)>>;
  Script SaveScript(const std::string& path, const std::string& as);
  void Begin();
  void BeginOnFolder(const std::string& folder);
  void BeginOnFile(const std::string& file);
  std::string AnyFile();
  std::string AnyFolder();
  std::string AnyPlace();
  std::vector<std::string> Paths(NodeKind kind);

  World& world_;
  Chance& chance_;
  std::vector<Script> scripts_;
};

/// Somebody else at the service.
class RandomStranger {
 public:
  RandomStranger(World& world, Chance& chance)
      : world_(world), chance_(chance) {}
  void Step();
  /// False where the service has no rename: for nobody.
  bool can_move = true;
  /// When somebody else put an object at this path by moving it, on the
  /// service's clock.
  std::map<std::string, ServiceMillis> placed;

 private:
  std::vector<std::string> Paths(bool folders);
  void NoteEnd(const std::string& path);
  void Edit(const std::string& path);
  void Move(const std::string& path, const std::string& folder);

  World& world_;
  Chance& chance_;
  int counter_ = 0;
};

}  // namespace wsfs
