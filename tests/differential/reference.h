// SPDX-License-Identifier: Apache-2.0
// Reference: what the kernel programs must do with a frame, said a second time.
//
// Theory of operation. Written from docs/protocol.md, docs/maps.md and RFC 791,
// 768, 792, 1071, 1624, 4443 and 8200, and from nothing else: of bpf/ it knows the
// contract alone, so that a mistake there cannot repeat itself here. It reads
// the frame from left to right in the order of the table of docs/protocol.md;
// the first row that fits is the outcome. What it does for a checksum is slow
// and plain: it sums up anew where a program may update.
#pragma once

#include "bpf/contract.h"
#include "tests/differential/frame.h"
#include "tests/differential/world.h"
#include "tests/lab/hook.h"

namespace buddyring::differential {

enum class Effect : uint8_t {
  none,
  unstamped,  // an answer to a departure that is still to come
  arrived,    // an answer that is recorded
  answered,   // a sealed probe of a peer, whose number is remembered
};

struct Judgement {
  buddyring_verdict verdict{};
  lab::Fate fate{};
  Bytes frame;          // afterwards
  bool is_udp = false;  // where it went as far as that
  Effect effect = Effect::none;
  unsigned slot = 0;  // of the peer that the effect is about
  uint64_t number = 0;
  // Of an arrival.
  buddyring_answer_class answer_class{};
  uint64_t incarnation = 0;
  uint64_t said = 0;
};

// What becomes of a frame that arrives. `out` is overwritten; it keeps its memory.
void judge(const World& world, const Sealer& sealer, const Bytes& frame, Judgement& out);

}  // namespace buddyring::differential
