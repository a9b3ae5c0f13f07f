#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "testing/memory_workspace.h"
#include "workspace_backend.h"

namespace wsfs {

/// Short spellings for what the contract says of `Workspace`.
class WorkspaceCalls : public ::testing::Test {
 protected:
  static constexpr std::string_view kHome = "/Users/ada@example.com";

  Workspace& workspace() { return backend_->workspace(); }
  void Set(std::string_view name, std::string_view value) {
    WSFS_CHECK(backend_->model().switches().Set(name, value).ok());
  }

  static RemotePath Path(std::string_view text) {
    const auto path = RemotePath::Parse(text);
    WSFS_CHECK(path.ok());
    return *path;
  }
  static RemotePath Home(std::string_view name) {
    return Path(std::string(kHome) + "/" + std::string(name));
  }
  static CallOptions Options() {
    CallOptions options;
    options.deadline = RealClock().Now() + std::chrono::seconds(20);
    return options;
  }

  /// "ok", or the code: what most assertions compare.
  template <typename T>
  static std::string Code(const Result<T>& result) {
    return result.ok() ? "ok" : std::string(ToString(result.error().code()));
  }

  std::string Put(std::string_view name, std::string_view text,
                  bool overwrite = true) {
    return PutAs({Home(name), ImportFormat::kRaw, Language::kNone, overwrite},
                 text);
  }
  std::string PutAs(const ImportRequest& request, std::string_view text) {
    StringSource source(text);
    return Code(workspace().Import(request, source, Options()));
  }
  std::string PutNotebook(std::string_view name, std::string_view text) {
    return PutAs({Home(name), ImportFormat::kSource, Language::kPython, true},
                 text);
  }
  Result<ObjectInfo> Status(std::string_view name) {
    return workspace().GetStatus(Home(name), Options());
  }
  std::string Mkdirs(std::string_view name) {
    return Code(workspace().Mkdirs(Home(name), Options()));
  }
  std::string Delete(std::string_view name, bool recursive = false) {
    return Code(workspace().Delete(Home(name), recursive, Options()));
  }
  std::string Rename(std::string_view from, std::string_view to) {
    return Code(workspace().Rename(Home(from), Home(to), Options()));
  }
  /// The bytes, or the code of the failure.
  std::string Get(std::string_view name,
                  ExportFormat format = ExportFormat::kAuto) {
    StringSink sink;
    const auto done = workspace().Export(Home(name), format, sink, Options());
    return done.ok() ? sink.text() : Code(done);
  }
  /// Names below the home's folder `name`, sorted; or the code.
  std::vector<std::string> Names(const Result<std::vector<ObjectInfo>>& list) {
    if (!list.ok()) return {Code(list)};
    std::vector<std::string> names;
    for (const ObjectInfo& info : *list) names.emplace_back(info.path.Name());
    std::ranges::sort(names);
    return names;
  }
  std::vector<std::string> Children(std::string_view name) {
    return Names(workspace().List(Home(name), Options()));
  }

  std::unique_ptr<WorkspaceBackend> backend_;
};

/// A test on each form of the seam.
class WorkspaceContract : public WorkspaceCalls,
                          public ::testing::WithParamInterface<WorkspaceKind> {
 protected:
  void SetUp() override { Make({}); }

  void Make(ModelOptions options) {
    backend_ = GetParam().make(std::move(options));
  }
};

}  // namespace wsfs
