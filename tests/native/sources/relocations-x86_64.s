# One of each relocation type that the other sources do not use.
.set small, 0x12
.set negative, -0x1234
.globl small, negative, here, data, common_bytes
.comm common_bytes, 40, 16
.text
here:
  call outside
  jmp outside
  jne outside
  movq outside@GOTPCREL(%rip), %rax
  movl outside@GOTPCREL(%rip), %eax
  call *outside@GOTPCREL(%rip)
  jmp *outside@GOTPCREL(%rip)
  addq outside@GOTPCREL(%rip), %rbx
  testq %rcx, outside@GOTPCREL(%rip)
  leaq _GLOBAL_OFFSET_TABLE_(%rip), %rbx
  movabsq $_GLOBAL_OFFSET_TABLE_ - ., %r11
  movabsq $outside@GOTOFF, %rax
  movabsq $outside@GOT, %rax
  movabsq $outside@PLTOFF, %rax
  movabsq $outside, %rax
  leaq common_bytes+8(%rip), %rax
  movw $small, %ax
  movb $small, %al
  movl $negative, %eax
  movq $negative, %rax
.size here, . - here
.section .text.near, "ax", @progbits
  .word here - .
  jrcxz last
.section .text.last, "ax", @progbits
last:
  ret
.section .rodata.cst8, "aM", @progbits, 8
  .quad 0x3ff0000000000000
  .quad here - .
  .quad outside - .
.section .rodata.table, "a", @progbits
  .long here - .
  .long outside - .
  .long outside@PLT
  .byte later - .
later:
  .byte small
  .word small
  .long here@SIZE
  .quad here@SIZE
  .quad outside@GOTPCREL
  .long outside@GOTPCREL + 4
.data
data:
  .quad here + 3, outside - 5, data, negative
.bss
  .skip 24
