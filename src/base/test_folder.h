#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include <stdlib.h>  // mkdtemp

#include "base/check.h"

namespace wsfs {

/// A folder on the real disk that goes at its end, with all that is in it. For
/// tests only: declare it before what keeps files open there.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern =
        std::filesystem::temp_directory_path() / "wsfs-XXXXXX";
    WSFS_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace wsfs
