#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "testing/memory_workspace.h"

namespace wsfs {

/// One call as a script sees it: "check", "list", "export", "put", "create",
/// "mkdir", "move", "delete" or "rmtree".
struct WireCall {
  std::string op;
  std::string path;
  std::string to;
  bool write = false;
};

/// A workspace whose answers take time and go wrong on command. Keeps a trail
/// of calls in the words of the executable model.
///
/// One thread at a time.
class ScriptedWorkspace final : public Workspace {
 public:
  /// What becomes of a call.
  enum class Fate : std::uint8_t {
    kServed,
    kNotServed,   ///< Refused for now; not executed.
    kLostBefore,  ///< Sent, never arrives.
    kLostAfter,   ///< Executed, the answer is lost.
    kLate,        ///< No answer; executed when RunLate() is called.
    kStale,       ///< A read that tells what was true some time ago.
  };

  ScriptedWorkspace(MemoryWorkspace& inner, FakeClock& clock,
                    std::string prefix);

  /// Decides the fate of each call; none: all are served.
  std::function<Fate(const WireCall&)> fate;
  /// Run before a call is executed, and after it with its answer still on the
  /// way. May change the world, and call back in.
  std::function<void(const WireCall&)> before;
  std::function<void(const WireCall&)> after;
  std::function<Milliseconds()> staleness;

  /// From now on nothing is served and nothing recorded: the process is dead.
  void Kill() { dead_ = true; }
  void Revive() { dead_ = false; }
  void SetOffline(bool offline) { offline_ = offline; }
  bool offline() const { return offline_; }
  /// Executes what came too late; true when the service took it.
  bool RunLate();
  std::size_t late_count() const { return late_.size(); }

  /// Calls are recorded while nobody merely watches.
  void Watch(bool on) { watching_ = on; }
  bool watching() const { return watching_; }
  const std::vector<std::string>& trail() const { return trail_; }
  std::string Writes() const;
  void ClearTrail() { trail_.clear(); }
  int count() const { return count_; }

  Result<ObjectInfo> GetStatus(const RemotePath& path,
                               const CallOptions& options) override;
  Result<std::vector<ObjectInfo>> List(const RemotePath& path,
                                       const CallOptions& options) override;
  Result<std::vector<ObjectInfo>> ListFiles(
      const RemotePath& path, const CallOptions& options) override;
  Result<void> Mkdirs(const RemotePath& path,
                      const CallOptions& options) override;
  Result<void> Delete(const RemotePath& path, bool recursive,
                      const CallOptions& options) override;
  Result<void> Import(const ImportRequest& request, ByteSource& content,
                      const CallOptions& options) override;
  Result<void> Export(const RemotePath& path, ExportFormat format,
                      ByteSink& sink, const CallOptions& options) override;
  Result<void> Rename(const RemotePath& from, const RemotePath& to,
                      const CallOptions& options) override;
  Result<Identity> Me(const CallOptions& options) override;

 private:
  template <typename T>
  Result<T> Run(const WireCall& call, const CallOptions& options,
                const std::function<Result<T>(const CallOptions&)>& execute);
  void Record(const WireCall& call, bool ok);
  std::string Short(const std::string& path) const;

  MemoryWorkspace& inner_;
  FakeClock& clock_;
  const std::string prefix_;
  bool dead_ = false;
  bool offline_ = false;
  bool watching_ = false;
  int count_ = 0;
  std::vector<std::string> trail_;
  std::vector<std::function<bool()>> late_;
};

}  // namespace wsfs
