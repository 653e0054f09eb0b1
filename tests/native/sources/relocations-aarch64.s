// One of each relocation type that the other sources do not use.
.set small, 0x1234
.set negative, -0x1234
.globl small, negative, here, data, common_bytes
.comm common_bytes, 40, 16
.text
here:
  tbz x0, #3, here
  tbnz x0, #33, there
  b.eq there
  cbnz x1, here
  bl outside
  b outside
  bl here
  ldr x0, there
  adr x0, there
  adrp x0, outside
  add x0, x0, :lo12:outside
  adrp x0, :pg_hi21_nc:outside+4096
  ldrb w1, [x0, :lo12:data+3]
  ldrh w1, [x0, :lo12:data+6]
  ldr w1, [x0, :lo12:data+12]
  str x1, [x0, :lo12:data+24]
  ldr q1, [x0, :lo12:data+48]
  movz x0, #:abs_g0:small
  movz x0, #:abs_g3:outside
  movk x0, #:abs_g2_nc:outside
  movk x0, #:abs_g1_nc:outside
  movk x0, #:abs_g0_nc:outside
  movz x0, #:abs_g0_s:small
  movz x0, #:abs_g0_s:negative
  movn x0, #:abs_g1_s:negative
  movz x0, #:abs_g2_s:outside
  movz x0, #:prel_g1:outside
  movk x0, #:prel_g0_nc:outside
  movz x0, #:prel_g2:outside
  movz x0, #:prel_g3:outside
  movz x0, #:prel_g0:there
  adrp x0, :got:outside
  ldr x0, [x0, :got_lo12:outside]
  adrp x0, common_bytes
  add x0, x0, :lo12:common_bytes
.globl there
there:
  ret
.size here, . - here
.section .rodata, "a"
  .word here - .
  .xword outside - .
  .hword later - .
later:
  .hword small
  .word negative
  .word outside - . + 8
.data
.balign 64
data:
  .xword here + 4, outside - 5, data, negative
.skip 64
.bss
  .skip 24
