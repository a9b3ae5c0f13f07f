#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/cancel.h"
#include "base/result.h"
#include "base/sync.h"

namespace wsfs {

/// A view of a notebook while it is open: its text, and the notebook's bytes
/// that it was made of. All handles that were opened while somebody writes
/// share one.
///
/// Resource type, shared by its handles. Thread-safe; its lock is a leaf.
class OpenView {
 public:
  OpenView(std::string native, std::string text)
      : native_(std::move(native)), text_(std::move(text)) {}

  std::uint64_t size_bytes() const EXCLUDES(mutex_);
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const
      EXCLUDES(mutex_);
  /// kTooLarge beyond kMaxViewedBytes; then nothing has changed.
  Result<void> WriteAt(std::uint64_t offset, std::span<const std::byte> bytes)
      EXCLUDES(mutex_);
  Result<void> Append(std::span<const std::byte> bytes) EXCLUDES(mutex_);
  Result<void> Resize(std::uint64_t size) EXCLUDES(mutex_);

  /// It differs from what was saved last.
  bool changed() const EXCLUDES(mutex_);

  /// What a save begins with.
  struct Edit {
    std::string native;  ///< The notebook's bytes that were edited.
    std::string text;
    std::uint64_t number = 0;
  };
  /// None: all is saved.
  std::optional<Edit> ToSave() const EXCLUDES(mutex_);
  /// This edit is in the notebook. `native` is the notebook with it and nothing
  /// else, whatever others made of it meanwhile: the text does not show that.
  void Saved(const Edit& edit, std::string native) EXCLUDES(mutex_);
  /// This edit cannot be saved, and was put elsewhere: it is not tried again.
  void GivenUp(const Edit& edit) EXCLUDES(mutex_);

  /// One save at a time, in the order of the edits.
  class Turn {
   public:
    explicit Turn(OpenView* view) : view_(view) {}
    Turn(Turn&& other) noexcept : view_(std::exchange(other.view_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (view_ != nullptr) view_->EndTurn();
    }

   private:
    OpenView* view_;
  };
  /// kTimeout, kCancelled.
  Result<Turn> TakeTurn(const Waiting& waiting) EXCLUDES(mutex_);

 private:
  Result<void> Put(std::uint64_t offset, std::span<const std::byte> bytes)
      REQUIRES(mutex_);
  void EndTurn() EXCLUDES(mutex_);
  void Wake() EXCLUDES(mutex_);

  mutable Mutex mutex_;
  CondVar turns_;
  bool saving_ GUARDED_BY(mutex_) = false;
  std::string native_ GUARDED_BY(mutex_);
  std::string text_ GUARDED_BY(mutex_);
  std::uint64_t edits_ GUARDED_BY(mutex_) = 0;
  std::uint64_t saved_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wsfs
