// SPDX-License-Identifier: Apache-2.0
// Visit: a reader who does what a page says, from its first block to its last.
#pragma once

#include <memory>
#include <vector>

#include "tests/docs/page.h"
#include "tests/docs/place.h"

namespace buddyring::docs {

class Visit {
 public:
  Visit(const Page& page, Place& place) : page_(page), place_(place) {}
  // What was started goes on until here. Complaints of all that did not end in good order.
  std::vector<Complaint> leave();

  // REQUIRES is_ours(block). "", or what is not as the page says.
  [[nodiscard]] std::string follow(const Block& block);

 private:
  [[nodiscard]] std::string type(const Block& block, const std::string& script);
  [[nodiscard]] std::string start(const Block& block);
  [[nodiscard]] std::string converse(const Block& block);
  [[nodiscard]] std::string ask_database(const Block& block);
  [[nodiscard]] std::string check_settings(const Block& block);

  struct Started {
    unsigned line = 0;
    bool is_ours = true;  // others may end by the signal
    std::unique_ptr<lab::Process> process;
  };

  const Page& page_;
  Place& place_;
  std::string said_;  // what the last command wrote
  std::vector<Started> started_;
};

}  // namespace buddyring::docs
