#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/workspace.h"
#include "base/clock.h"
#include "base/sync.h"
#include "server/model.h"

namespace wsfs {

/// One call on a MemoryWorkspace, as hooks and tests see it.
struct ServiceCall {
  /// "get-status", "list", "list-files", "mkdirs", "delete", "import",
  /// "export", "rename" or "me".
  std::string method;
  std::string path;  ///< "" for me.
  std::string to;    ///< Of a rename.
  CallClass call_class = CallClass::kSomeoneWaits;
  bool ok = false;  ///< Set when it is over.
  Errc code{};      ///< When not ok.
};

/// `Workspace` without a wire: the local server's model in this process, so
/// that every switch of it applies (design.md §8). What the tests of `core`
/// drive everything through. It never retries: a fault is what the caller
/// sees.
///
/// Thread-safe. Hooks run on the calling thread, under no lock.
class MemoryWorkspace final : public Workspace {
 public:
  enum class Side : std::uint8_t { kBefore, kAfter };
  /// An error returned before: the call is not executed. After: it was, and
  /// its answer is lost.
  using Hook =
      std::function<Result<void>(const ServiceCall&, const CallOptions&)>;

  explicit MemoryWorkspace(ModelOptions options = {});

  WorkspaceModel& model() { return model_; }
  /// `Set("size", "yes")`; the name and value must exist.
  void Set(std::string_view switch_name, std::string_view value);

  /// When calls were sent and answered is told by the caller's clock, which
  /// must outlive this; else by the service's own.
  void UseCallerClock(const Clock& clock) { caller_clock_ = &clock; }

  // ---- Faults. "" as method means every one.
  void BeforeCall(Hook hook) EXCLUDES(mutex_);
  void AfterCall(Hook hook) EXCLUDES(mutex_);
  /// The next `count` calls of `method` fail with `code`; -1 is until
  /// ClearFaults. `path` "" is any, otherwise exactly this.
  void Fail(std::string_view method, Errc code, int count = 1,
            Side side = Side::kBefore, std::string_view path = "")
      EXCLUDES(mutex_);
  /// Calls of `method` wait, before or after they are executed, until
  /// LetGo(), their deadline, or their cancel token.
  void Hold(std::string_view method, Side side = Side::kBefore)
      EXCLUDES(mutex_);
  void LetGo(std::string_view method) EXCLUDES(mutex_);
  /// Blocks until `count` calls are waiting in Hold; false after 10 s.
  bool WaitUntilHeld(int count) EXCLUDES(mutex_);
  /// Reads of `method` answer what was true this long ago.
  void Stale(std::string_view method, Milliseconds age) EXCLUDES(mutex_);
  void ClearFaults() EXCLUDES(mutex_);

  // ---- What was called.
  std::vector<ServiceCall> Calls() const EXCLUDES(mutex_);
  int CountOf(std::string_view method) const EXCLUDES(mutex_);
  int TotalCalls() const EXCLUDES(mutex_);
  void ClearCalls() EXCLUDES(mutex_);

  // ---- What someone else does at the service: not counted, never faulty.
  // Programmer's error when it cannot be done.
  void PutFile(std::string_view path, std::string_view bytes);
  void PutNotebook(std::string_view path, Language language,
                   std::string_view source);
  void PutIpynb(std::string_view path, std::string_view json);
  void MakeFolder(std::string_view path);
  void Remove(std::string_view path);
  void Move(std::string_view from, std::string_view to);
  bool Has(std::string_view path);
  /// Bytes of a file, source of a notebook (its own format).
  std::string Read(std::string_view path);
  ObjectId IdOf(std::string_view path);

  // ---- Workspace.
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
  struct Fault {
    std::string method;
    std::string path;
    Errc code{};
    int count = 0;
    Side side = Side::kBefore;
  };
  struct Held {
    std::string method;
    Side side = Side::kBefore;
  };

  /// Runs `execute` between hooks, faults and holds, and logs it.
  template <typename T>
  Result<T> Run(ServiceCall call, const CallOptions& options,
                const std::function<Result<T>()>& execute);
  Result<void> Around(const ServiceCall& call, const CallOptions& options,
                      Side side) EXCLUDES(mutex_);
  Result<void> TakeFault(const ServiceCall& call, Side side) EXCLUDES(mutex_);
  Result<void> WaitWhileHeld(const ServiceCall& call,
                             const CallOptions& options, Side side)
      EXCLUDES(mutex_);
  bool IsHeld(const ServiceCall& call, Side side) const REQUIRES(mutex_);
  Milliseconds AgeFor(std::string_view method) const EXCLUDES(mutex_);
  void ImportOrDie(std::string_view path, WireFormat format, Language language,
                   std::string_view bytes);

  WorkspaceModel model_;
  std::atomic<const Clock*> caller_clock_ = nullptr;
  mutable Mutex mutex_;
  CondVar changed_;
  Hook before_ GUARDED_BY(mutex_);
  Hook after_ GUARDED_BY(mutex_);
  std::vector<Fault> faults_ GUARDED_BY(mutex_);
  std::vector<Held> held_ GUARDED_BY(mutex_);
  int waiting_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, Milliseconds, std::less<>> stale_ GUARDED_BY(mutex_);
  std::vector<ServiceCall> calls_ GUARDED_BY(mutex_);
};

/// Text as a ByteSource; must outlive it.
class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string_view text) : text_(text) {}
  std::uint64_t size_bytes() const override { return text_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override;

 private:
  std::string_view text_;
};

/// Takes all into a string.
class StringSink final : public ByteSink {
 public:
  Result<void> Restart() override;
  Result<void> Take(std::span<const std::byte> bytes) override;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace wsfs
