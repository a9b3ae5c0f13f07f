#include "core/views/open_view.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "notebook/views.h"

namespace wsfs {
namespace {

Error TooLarge() {
  return {Errc::kTooLarge,
          fmt::format("a view of a notebook may have at most {} bytes; use the "
                      "name that `ls` shows",
                      kMaxViewedBytes)};
}

}  // namespace

std::uint64_t OpenView::size_bytes() const {
  const MutexLock lock(mutex_);
  return text_.size();
}

std::size_t OpenView::ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) const {
  const MutexLock lock(mutex_);
  if (offset >= text_.size()) return 0;
  const std::size_t count =
      std::min<std::size_t>(into.size(), text_.size() - offset);
  std::memcpy(into.data(), text_.data() + offset, count);
  return count;
}

Result<void> OpenView::WriteAt(std::uint64_t offset,
                               std::span<const std::byte> bytes) {
  const MutexLock lock(mutex_);
  return Put(offset, bytes);
}

Result<void> OpenView::Append(std::span<const std::byte> bytes) {
  const MutexLock lock(mutex_);
  return Put(text_.size(), bytes);
}

Result<void> OpenView::Put(std::uint64_t offset,
                           std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  if (offset > kMaxViewedBytes || bytes.size() > kMaxViewedBytes - offset)
    return TooLarge();
  if (text_.size() < offset + bytes.size()) text_.resize(offset + bytes.size());
  std::memcpy(text_.data() + offset, bytes.data(), bytes.size());
  ++edits_;
  return {};
}

Result<void> OpenView::Resize(std::uint64_t size) {
  if (size > kMaxViewedBytes) return TooLarge();
  const MutexLock lock(mutex_);
  text_.resize(size);
  ++edits_;
  return {};
}

bool OpenView::changed() const {
  const MutexLock lock(mutex_);
  return edits_ != saved_;
}

std::optional<OpenView::Edit> OpenView::ToSave() const {
  const MutexLock lock(mutex_);
  if (edits_ == saved_) return std::nullopt;
  return Edit{.native = native_, .text = text_, .number = edits_};
}

void OpenView::Saved(const Edit& edit, std::string native) {
  const MutexLock lock(mutex_);
  saved_ = edit.number;
  native_ = std::move(native);
}

void OpenView::GivenUp(const Edit& edit) {
  const MutexLock lock(mutex_);
  saved_ = edit.number;
}

Result<OpenView::Turn> OpenView::TakeTurn(const Waiting& waiting) {
  CancelToken::Handle wake = 0;
  if (waiting.cancel() != nullptr)
    wake = waiting.cancel()->OnCancel([this] { Wake(); });
  bool taken = false;
  {
    const MutexLock lock(mutex_);
    while (saving_ && !waiting.cancelled()) {
      if (!turns_.WaitUntil(mutex_, waiting.deadline())) break;
    }
    if (!saving_) taken = saving_ = true;
  }
  if (wake != 0) waiting.cancel()->Forget(wake);
  if (taken) return Turn(this);
  if (waiting.cancelled())
    return Error(Errc::kCancelled, "nobody waits for the save any more");
  return Error(Errc::kTimeout, "another save of this view takes too long");
}

void OpenView::EndTurn() {
  const MutexLock lock(mutex_);
  saving_ = false;
  turns_.NotifyAll();
}

void OpenView::Wake() {
  const MutexLock lock(mutex_);
  turns_.NotifyAll();
}

}  // namespace wsfs
