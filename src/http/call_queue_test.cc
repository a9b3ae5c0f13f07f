#include "http/call_queue.h"

#include <gtest/gtest.h>

namespace wsfs {
namespace {

std::shared_ptr<Exchange> Call(CallClass call_class) {
  HttpRequest request;
  request.call_class = call_class;
  return std::make_shared<Exchange>(request);
}

TEST(CallQueueTest, GoesByClassThenByAge) {
  CallQueue queue(10);
  const auto prefetch = Call(CallClass::kPrefetch);
  const auto push = Call(CallClass::kPush);
  const auto push2 = Call(CallClass::kPush);
  const auto wait = Call(CallClass::kSomeoneWaits);
  for (const auto& call : {prefetch, push, push2, wait})
    EXPECT_EQ(queue.Push(call), nullptr);

  for (const auto& call : {wait, push, push2, prefetch})
    EXPECT_EQ(queue.Pop(0, 64), call);
  EXPECT_EQ(queue.Pop(0, 64), nullptr);
}

TEST(CallQueueTest, KeepsPlacesForThoseWhoWait) {
  CallQueue queue(10);
  const auto push = Call(CallClass::kPush);
  const auto wait = Call(CallClass::kSomeoneWaits);
  queue.Push(push);
  EXPECT_EQ(queue.Pop(60, 64), nullptr);
  queue.Push(wait);
  EXPECT_EQ(queue.Pop(63, 64), wait);
  EXPECT_EQ(queue.Pop(59, 64), push);
}

TEST(CallQueueTest, WhenFullALowerClassMakesRoom) {
  CallQueue queue(2);
  const auto watch = Call(CallClass::kWatch);
  const auto prefetch = Call(CallClass::kPrefetch);
  queue.Push(watch);
  queue.Push(prefetch);
  const auto push = Call(CallClass::kPush);
  EXPECT_EQ(queue.Push(push), prefetch);
  const auto late = Call(CallClass::kWatch);
  EXPECT_EQ(queue.Push(late), late);
  EXPECT_EQ(queue.size(), 2U);
}

TEST(CallQueueTest, TellsHowManyWaitByClass) {
  CallQueue queue(10);
  for (const CallClass one :
       {CallClass::kPush, CallClass::kPush, CallClass::kPrefetch})
    queue.Push(Call(one));
  EXPECT_EQ(queue.Waiting(), (std::array<std::size_t, 4>{0, 2, 0, 1}));
}

TEST(CallQueueTest, ForgetsWhatIsRemoved) {
  CallQueue queue(2);
  const auto call = Call(CallClass::kPush);
  queue.Push(call);
  EXPECT_TRUE(queue.Remove(*call));
  EXPECT_FALSE(queue.Remove(*call));
  EXPECT_EQ(queue.Pop(0, 64), nullptr);
}

}  // namespace
}  // namespace wsfs
