from tito.student.cli import main

main(prog_name="tito")
