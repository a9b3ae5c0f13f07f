#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "api/rest_caller.h"
#include "api/workspace.h"

namespace wsfs {

/// `Workspace` over the REST API of a real workspace or of `wsfs serve`.
/// The default path uses documented endpoints only; Rename and ListFiles are
/// capabilities (databricks-api.md §8).
///
/// Thread-safe. All references outlive it.
class RestWorkspace final : public Workspace {
 public:
  /// `host` as in Credential.
  RestWorkspace(std::string host, Transport& transport,
                const TokenSource& tokens, const Clock& clock = RealClock(),
                Pause& pause = RealPause());

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
  Result<void> ImportAs(const ImportRequest& request, ByteSource& content,
                        const CallOptions& options, Envelope& refusal);
  Result<void> ImportEmpty(const ImportRequest& request,
                           const CallOptions& options, Envelope& refusal);
  Result<void> Download(const RemotePath& path, ByteSink& sink,
                        const CallOptions& options, const Error& too_large);

  RestCaller caller_;
  /// RAW was refused and AUTO taken instead: AUTO is sent from then on.
  std::atomic<bool> raw_refused_ = false;
};

}  // namespace wsfs
