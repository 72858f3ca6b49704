import { Controller, Get, Req, UseGuards } from "@nestjs/common";
import { JwtService } from "@nestjs/jwt";
import { AuthGuard } from "@nestjs/passport";

import type { User } from "./user.entity";

@Controller("auth")
export class AuthController {
  constructor(private readonly jwt: JwtService) {}

  @Get("check-status")
  @UseGuards(AuthGuard("jwt"))
  checkStatus(@Req() { user }: { user: User }) {
    return { ...user, token: this.jwt.sign({ id: user.id }) };
  }
}
