# SPDX-License-Identifier: Apache-2.0
# The values of one result: a column of points for each program and a line at its median.
# data, out, heading, unit, medians, logarithms and the marks below are set by plot.cc.
set terminal svg size 720,400 font "sans-serif,12" background "white"
set output out
set title heading noenhanced
set ylabel unit noenhanced
set xtics noenhanced nomirror scale 0
set ytics nomirror
set grid ytics linecolor "#dddddd" linewidth 1
set border 3 linecolor "#555555"
unset key
columns = words(medians)
set xrange [-0.6:columns - 0.4]
set jitter overlap 0.6 spread 0.4
if (logarithms) {
  set logscale y
} else {
  set yrange [0:*]
}
# Ours is blue, the others are grey.
colour(column) = column == 0 ? 0x1f6fb4 : 0x777777
do for [column = 0:columns - 1] {
  set arrow from column - 0.3, real(word(medians, column + 1)) to column + 0.3, real(word(medians, column + 1)) \
    nohead linewidth 2 linecolor rgb "#d1495b" front
}
plot for [column = 0:columns - 1] data index column using 1:2 with points pointtype 7 pointsize 0.4 \
  linecolor rgb colour(column)
