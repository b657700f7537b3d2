# SPDX-License-Identifier: Apache-2.0
# A bar for each comparison: how often ours is better than a peer, by the medians.
# data, out and bars are set by plot.cc.
set terminal svg size 960,80 + 22 * bars font "sans-serif,12" background "white"
set output out
set title "Medians against each peer: right of 1 Buddyring is better"
set logscale x
set xlabel "times better"
set xtics nomirror
set grid xtics linecolor "#dddddd" linewidth 1
set yrange [bars - 0.5:-0.5]
set ytics noenhanced scale 0
set border 1 linecolor "#555555"
unset key
set style fill solid
set arrow from 1, graph 0 to 1, graph 1 nohead linecolor rgb "#555555" front
colour(better) = better >= 1 ? 0x1f6fb4 : 0xd1495b
plot data using (1):0:(1):(column(2)):($0 - 0.35):($0 + 0.35):(colour(column(2))) \
  with boxxyerror linecolor rgb variable, \
  data using (column(2)):0:ytic(1) with points pointtype 0, \
  data using (column(2)):0:(sprintf(" %.2g", column(2))) with labels left noenhanced
