// SPDX-License-Identifier: Apache-2.0
// What is new in the audit, and how its entries are shown.
#include <gtest/gtest.h>

#include "ctl/audit_forms.h"
#include "ctl/audit_tail.h"

namespace buddyring {
namespace {

std::vector<AuditEntry> entries(const std::vector<uint64_t>& ids) {
  std::vector<AuditEntry> all;
  for (const uint64_t id : ids) {
    all.push_back({.id = id});
  }
  return all;
}

std::vector<uint64_t> ids(const std::vector<AuditEntry>& all) {
  std::vector<uint64_t> found;
  for (const AuditEntry& entry : all) {
    found.push_back(entry.id);
  }
  return found;
}

using Ids = std::vector<uint64_t>;

TEST(AuditTail, GivesEachEntryOnceTheOldestFirst) {
  AuditTail tail;
  EXPECT_EQ(ids(tail.take(entries({3, 2, 1}), 10).entries), (Ids{1, 2, 3}));
  EXPECT_EQ(ids(tail.take(entries({3, 2, 1}), 10).entries), Ids{});
  EXPECT_EQ(ids(tail.take(entries({5, 4, 3, 2, 1}), 10).entries), (Ids{4, 5}));
}

// As the nodes of a Galera cluster give them out.
TEST(AuditTail, FindsALaterEntryWithALowerId) {
  AuditTail tail;
  static_cast<void>(tail.take(entries({9, 6}), 10));
  EXPECT_EQ(ids(tail.take(entries({9, 7, 6}), 10).entries), (Ids{7}));
}

TEST(AuditTail, SaysWhenThereWereMoreThanALookHas) {
  AuditTail tail;
  EXPECT_FALSE(tail.take(entries({3, 2}), 2).gap) << "before the first look is no gap";
  EXPECT_FALSE(tail.take(entries({4, 3}), 2).gap);
  EXPECT_TRUE(tail.take(entries({7, 6}), 2).gap);
}

TEST(AuditTail, IsNotFooledByDeletedEntries) {
  AuditTail tail;
  static_cast<void>(tail.take(entries({9, 8}), 2));
  EXPECT_EQ(ids(tail.take(entries({8, 7}), 2).entries), Ids{}) << "9 was deleted, 7 came up";
  EXPECT_EQ(ids(tail.take(entries({10, 8}), 2).entries), (Ids{10}));
}

TEST(AuditForms, SayWhoAccusedOnWhatStamps) {
  AuditEntry entry{.id = 7,
                   .at = "2026-11-28 20:12:03.123456",
                   .event = "deleted",
                   .server = "s2",
                   .address = "10.0.0.2",
                   .incarnation = 5,
                   .accuser = "s3",
                   .reason = "dead",
                   .last_answer_ns = 1000000000,
                   .verdict_ns = 1312400000,
                   .misses = 3,
                   .detail = "no answer",
                   .witness = "s4",
                   .word = "concurs"};
  EXPECT_EQ(audit_text(entry),
            "2026-11-28 20:12:03.123456Z  deleted  s2  10.0.0.2  incarnation 5  dead, says s3: 3 misses, silent for "
            "312.4 ms until the verdict at 1312400000 ns of its clock, witness s4, concurs  no answer");
  entry.last_answer_ns = 0;
  EXPECT_NE(audit_text(entry).find(", never answered until the verdict"), std::string::npos);
  EXPECT_EQ(audit_json(entry).at("verdict_ns"), 1312400000);
  EXPECT_TRUE(audit_json(entry).at("account").is_null());
}

TEST(AuditForms, SayWhichOperatorAndWhy) {
  EXPECT_EQ(
      audit_text(
          {.at = "T", .event = "drained", .server = "s2", .accuser = "olga", .detail = "disk", .account = "op@%"}),
      "TZ  drained  s2  by olga (op@%)  disk");
  EXPECT_EQ(audit_text({.at = "T", .event = "announced", .server = "s2", .address = "10.0.0.2", .incarnation = 1}),
            "TZ  announced  s2  10.0.0.2  incarnation 1");
}

}  // namespace
}  // namespace buddyring
